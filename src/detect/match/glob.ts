import { ANY_ONE, ANY_RUN, type Pattern } from '../../lib/sigma/pattern.ts';

/**
 * Whether a text matches a pattern with wildcards from end to end. After a mismatch only the last
 * `*` is widened, which is enough and keeps the worst time at text length times pattern length.
 */
export function matchesGlob(text: string, pattern: Pattern): boolean {
  let at = 0;
  let part = 0;
  let starPart = -1;
  let starAt = 0;
  for (;;) {
    if (part === pattern.length && at === text.length) return true;
    if (pattern[part] === ANY_RUN) {
      starPart = part;
      starAt = at;
      part += 1;
      continue;
    }
    const length = part === pattern.length ? -1 : matchLength(text, at, pattern[part]);
    if (length >= 0) {
      at += length;
      part += 1;
      continue;
    }
    if (starPart === -1 || starAt >= text.length) return false;
    starAt += codePointLength(text, starAt);
    at = starAt;
    part = starPart + 1;
  }
}

/** Characters of the text that one part of a pattern takes at a place; -1 if it does not fit. */
function matchLength(text: string, at: number, part: Pattern[number] | undefined): number {
  if (part === ANY_ONE) return at < text.length ? codePointLength(text, at) : -1;
  return typeof part === 'string' && text.startsWith(part, at) ? part.length : -1;
}

const codePointLength = (text: string, at: number): number =>
  (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
