/** `*`: any run of characters, the empty one included. */
export const ANY_RUN = 0;
/** `?`: exactly one code point, a line break included. */
export const ANY_ONE = 1;

/** A Sigma string taken apart: literal texts and wildcards in order; never two texts in a row. */
export type Pattern = readonly PatternPart[];
type PatternPart = string | typeof ANY_RUN | typeof ANY_ONE;

/**
 * Reads Sigma's wildcards and escapes. After a backslash `*`, `?` and `\` are taken plain; before
 * any other character, and at the end, a backslash stands for itself.
 */
export function parsePattern(text: string): Pattern {
  const parts: PatternPart[] = [];
  let literal = '';
  const wildcard = (mark: typeof ANY_RUN | typeof ANY_ONE): void => {
    if (literal !== '') parts.push(literal);
    literal = '';
    if (mark === ANY_RUN && parts.at(-1) === ANY_RUN) return;
    parts.push(mark);
  };
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    const next = text.charAt(at + 1);
    if (char === '\\' && (next === '*' || next === '?' || next === '\\')) {
      literal += next;
      at += 1;
    } else if (char === '*') wildcard(ANY_RUN);
    else if (char === '?') wildcard(ANY_ONE);
    else literal += char;
  }
  if (literal !== '') parts.push(literal);
  return parts;
}

/** Opens a pattern at its ends, as `contains`, `startswith` and `endswith` do. */
export function openPattern(pattern: Pattern, ends: { front: boolean; back: boolean }): Pattern {
  const open: PatternPart[] = [...pattern];
  if (ends.front && open[0] !== ANY_RUN) open.unshift(ANY_RUN);
  if (ends.back && open.at(-1) !== ANY_RUN) open.push(ANY_RUN);
  return open;
}

/** The same pattern for text that was lower-cased. */
export const lowerPattern = (pattern: Pattern): Pattern =>
  pattern.map((part) => (typeof part === 'string' ? part.toLowerCase() : part));
