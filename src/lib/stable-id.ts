import { Buffer } from 'node:buffer';
import { hash } from 'node:crypto';

const ID_DIGITS = 32;
/** Most parts are short; their prefixes are ready. */
const PREFIXES: readonly string[] = Array.from({ length: 1024 }, (_, length) => `${length}:`);

/**
 * 128-bit id of a list of strings: 32 hexadecimal digits, the same for the same list everywhere and
 * for ever. Parts are joined by their lengths, so that no two lists run together. A cryptographic
 * hash, because an attacker who could make two events equal could hide one behind the other.
 */
export function stableId(parts: readonly string[]): string {
  let text = '';
  for (const part of parts) text += framed(part);
  return stableIdOf(text);
}

/** One part of such a list with its length in front; what is hashed is these, joined. */
export const framed = (part: string): string => lengthPrefix(part.length) + part;

/** What stands in front of a part of so many characters. */
export const lengthPrefix = (length: number): string => PREFIXES[length] ?? `${length}:`;

/** The id of a list whose framed parts were joined already, as `stableId` would join them. */
export function stableIdOf(framedParts: string): string {
  // In UTF-8 all halves of surrogate pairs become one replacement character, in UTF-16 they differ.
  // Its second byte is a NUL behind a digit, which no framed text has in UTF-8.
  const hashed = framedParts.isWellFormed() ? framedParts : Buffer.from(framedParts, 'utf16le');
  return hash('sha256', hashed, 'hex').slice(0, ID_DIGITS);
}
