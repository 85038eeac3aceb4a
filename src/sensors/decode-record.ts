import { type JsonObject, asObject } from '../lib/json-object.ts';
import { Buffer, isAscii, isUtf8 } from 'node:buffer';
import { LIMITS } from '../config/limits.ts';
import type { Rejection, RejectionCode } from '../model/rejection.ts';

/** What the bytes of a record hold. */
export type Decoded =
  | {
      readonly kind: 'object';
      readonly root: JsonObject;
      /** No text in it can hold a NUL or exceed the cap of a field. */
      readonly plain: boolean;
      readonly invalidUtf8: boolean;
    }
  | {
      readonly kind: 'list';
      readonly list: readonly unknown[];
      readonly plain: boolean;
      readonly invalidUtf8: boolean;
    }
  /** A line that does not even begin like JSON; null if no more can be said of it than that. */
  | { readonly kind: 'text'; readonly text: string; readonly rejection: Rejection | null }
  | { readonly kind: 'rejected'; readonly rejection: Rejection };

/** A refusal as a value. */
export const reject = (
  code: RejectionCode,
  detail: string,
): { kind: 'rejected'; rejection: Rejection } => ({
  kind: 'rejected',
  rejection: { code, detail },
});

/** JSON that holds no event. */
export const NOT_AN_OBJECT = reject(
  'not-an-object',
  'The record is JSON, but no object; send one object per event.',
);

const NUL = 0x00;
const QUOTE = '"';
const BACKSLASH = '\\';
const ESCAPED_NUL = '\\u0000';
const COMMENT = /^\s*\/[/*]/;
const LETTER = /^[A-Za-z]$/;
/** Also the exponent of a number. */
const JSON_WORDS = new Set(['true', 'false', 'null', 'e', 'E']);
const COMMENT_REFUSED = reject(
  'invalid-json',
  'Comments (// or /*) are no JSON; send the events without them.',
);
const CUT_FRONT = reject(
  'invalid-json',
  'The record begins in the middle; its front was cut before it came here.',
);

/** Reads one record: size and depth first, then JSON. Bad bytes are a rejection, never a throw. */
export function decodeRecord(bytes: Uint8Array, bytesMax: number = LIMITS.recordBytesMax): Decoded {
  if (bytes.byteLength > bytesMax) {
    return reject('too-large', `The record is larger than ${String(bytesMax)} bytes.`);
  }
  const buffer = asBuffer(bytes);
  const ascii = isAscii(buffer);
  const text = ascii ? buffer.toString('latin1') : buffer.toString('utf8');
  if (nestsDeeper(text, LIMITS.recordDepthMax)) {
    return reject(
      'too-deep',
      `The record nests deeper than ${String(LIMITS.recordDepthMax)} levels.`,
    );
  }
  const value = parseJson(text);
  if (value === undefined) return refuseText(buffer, text);
  const invalidUtf8 = !ascii && !isUtf8(buffer);
  if (Array.isArray(value)) {
    return { kind: 'list', list: value, plain: isPlainText(text), invalidUtf8 };
  }
  const root = asObject(value);
  if (root === null) return NOT_AN_OBJECT;
  return { kind: 'object', root, plain: isPlainText(text), invalidUtf8 };
}

/** The same bytes as a buffer. */
export const asBuffer = (bytes: Uint8Array): Buffer =>
  bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Can no text in this JSON hold a NUL or exceed the cap of a field? */
export const isPlainText = (json: string): boolean =>
  json.length <= LIMITS.fieldCharsMax && !json.includes(ESCAPED_NUL);

/** The value of JSON text; undefined if it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The words are our own: an engine's message would change with its version. */
function refuseText(buffer: Buffer, text: string): Decoded {
  if (buffer.includes(NUL)) {
    return reject('invalid-json', 'The record holds NUL bytes, as a cut file or UTF-16 does.');
  }
  if (COMMENT.test(text)) return { kind: 'text', text, rejection: COMMENT_REFUSED.rejection };
  if (!text.trimStart().startsWith('{')) {
    return isCutInFront(text) ? CUT_FRONT : { kind: 'text', text, rejection: null };
  }
  const damage = damageOf(text);
  if (damage === 'comment') return COMMENT_REFUSED;
  return damage === 'open-text' || !text.trimEnd().endsWith('}')
    ? reject('invalid-json', 'The record ends in the middle; it was cut before it came here.')
    : reject('invalid-json', 'The record begins like an event but is no valid JSON.');
}

/** What a cut left of an event closes more than it opens; a line of a log does not. */
function isCutInFront(text: string): boolean {
  if (!text.trimEnd().endsWith('}')) return false;
  let open = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '{') open += 1;
    else if (text[at] === '}') open -= 1;
  }
  return open < 0;
}

/**
 * A comment outside of all texts, or a text without its end. Behind a bare word it is no longer
 * sure what is text, since a cut turns that around, and no comment is looked for.
 */
function damageOf(text: string): 'comment' | 'open-text' | null {
  let mayComment = true;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (char === QUOTE) {
      at = stringEnd(text, at);
      if (at >= text.length) return 'open-text';
    } else if (mayComment && char === '/' && (text[at + 1] === '/' || text[at + 1] === '*')) {
      return 'comment';
    } else if (LETTER.test(char)) {
      const word = wordAt(text, at);
      mayComment &&= JSON_WORDS.has(word);
      at += word.length - 1;
    }
  }
  return null;
}

function wordAt(text: string, start: number): string {
  let end = start + 1;
  while (LETTER.test(text[end] ?? '')) end += 1;
  return text.slice(start, end);
}

/** Nesting deeper than `levelsMax`? Counting brackets settles it for nearly all records. */
export function nestsDeeper(text: string, levelsMax: number): boolean {
  const opened = countUpTo(text, '{', levelsMax) + countUpTo(text, '[', levelsMax);
  return opened > levelsMax && deepestLevel(text) > levelsMax;
}

function countUpTo(text: string, char: string, countMax: number): number {
  let count = 0;
  for (let at = text.indexOf(char); at !== -1; at = text.indexOf(char, at + 1)) {
    count += 1;
    if (count > countMax) break;
  }
  return count;
}

function deepestLevel(text: string): number {
  let level = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === QUOTE) at = stringEnd(text, at);
    else if (char === '{' || char === '[') deepest = Math.max(deepest, (level += 1));
    else if (char === '}' || char === ']') level -= 1;
  }
  return deepest;
}

function stringEnd(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== QUOTE) at += text[at] === BACKSLASH ? 2 : 1;
  return at;
}
