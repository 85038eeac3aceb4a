/** Which of the 128 ASCII characters, and (bit 128) whether any other, an atom of a regex can match. */
export type CharSet = bigint;

const OTHER = 128;

export const NO_CHARS: CharSet = 0n;
export const ALL_CHARS: CharSet = (1n << 129n) - 1n;

export const charSetOf = (char: string): CharSet => {
  const code = char.charCodeAt(0);
  return 1n << BigInt(code < OTHER ? code : OTHER);
};

export const charRange = (from: string, to: string): CharSet => {
  let set = NO_CHARS;
  const last = Math.min(to.charCodeAt(0), OTHER);
  for (let code = from.charCodeAt(0); code <= last; code += 1) set |= 1n << BigInt(code);
  return set;
};

const DIGITS = charRange('0', '9');
const WORD = DIGITS | charRange('a', 'z') | charRange('A', 'Z') | charSetOf('_');
const SPACE = charRange('\t', '\r') | charSetOf(' ') | (1n << BigInt(OTHER));
const LINE_ENDS = charSetOf('\n') | charSetOf('\r');

export const NOT_LINE_ENDS: CharSet = ALL_CHARS & ~LINE_ENDS;

/** A set without its ASCII characters; other characters may be in a set and in its opposite. */
export const invertSet = (set: CharSet): CharSet => (ALL_CHARS & ~set) | (1n << BigInt(OTHER));

/** `\d`, `\W` and the like by their letter. */
export const CLASS_ESCAPES: ReadonlyMap<string, CharSet> = new Map([
  ['d', DIGITS],
  ['D', invertSet(DIGITS)],
  ['w', WORD],
  ['W', invertSet(WORD)],
  ['s', SPACE],
  ['S', invertSet(SPACE)],
]);

/** Upper and lower case of every letter in the set. */
export function foldCase(set: CharSet): CharSet {
  let folded = set;
  for (let code = 97; code <= 122; code += 1) {
    const both = (1n << BigInt(code)) | (1n << BigInt(code - 32));
    if ((set & both) !== NO_CHARS) folded |= both;
  }
  return folded;
}
