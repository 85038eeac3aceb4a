import {
  COLON,
  COMMA,
  isBlank,
  NEWLINE,
  OPEN_LIST,
  OPEN_OBJECT,
  QUOTE,
  textEnd,
} from './json-bytes.ts';

const LETTER_FIRST = 0x61;
const LETTER_LAST = 0x7a;

/**
 * Where in the line of a cut record the next one begins: at the first `{"name` that cannot stand
 * there in any JSON, if all from there to the end of the line is one object. -1 if there is none.
 * What an attacker had written into a text has its quotes escaped, and an object within the record
 * stands where JSON allows it, so neither is taken for an event, wherever the cut fell.
 */
export function recordBehindCut(bytes: Buffer, start: number): number {
  const newline = bytes.indexOf(NEWLINE, start);
  const end = newline === -1 ? bytes.length : newline;
  const at = impossibleObject(bytes, start, end);
  return at !== -1 && isObject(bytes.toString('utf8', at, end)) ? at : -1;
}

function impossibleObject(bytes: Buffer, start: number, end: number): number {
  /** Last byte that is no blank; texts count as their quote. */
  let before = OPEN_LIST;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === OPEN_OBJECT && !mayHoldObject(before) && isNamed(bytes, at)) return at;
    if (byte === QUOTE) {
      // Within a text only its last byte has a bare quote behind it.
      const opened = at;
      at = textEnd(bytes, at, end);
      const last = at - 1;
      if (last > opened && bytes[last] === OPEN_OBJECT && isNamed(bytes, last)) return last;
    }
    if (!isBlank(byte)) before = byte;
  }
  return -1;
}

const mayHoldObject = (before: number): boolean =>
  before === COLON || before === COMMA || before === OPEN_LIST;

/** The quote that ends a text has no letter behind it, so this one begins a name. */
function isNamed(bytes: Buffer, at: number): boolean {
  const letter = bytes[at + 2] ?? 0;
  return bytes[at + 1] === QUOTE && letter >= LETTER_FIRST && letter <= LETTER_LAST;
}

function isObject(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}
