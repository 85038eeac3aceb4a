import { Buffer } from 'node:buffer';

/**
 * The same text with memory of its own. A piece cut from a text may only refer to it and so keep all
 * of it in memory; a piece that is kept for long must be copied, or one field holds its whole record.
 */
export const flatText = (text: string): string => Buffer.from(text, 'utf16le').toString('utf16le');
