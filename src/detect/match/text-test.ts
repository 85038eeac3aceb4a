import { unreachable } from '../../lib/unreachable.ts';
import { isInIpRange } from '../../lib/sigma/ip-range.ts';
import { ANY_ONE, ANY_RUN, lowerPattern, type Pattern } from '../../lib/sigma/pattern.ts';
import type { ValueTest } from '../../lib/sigma/value-test.ts';
import { matchesGlob } from './glob.ts';

/** Judges one text; both forms are given so that none has to be made twice. */
export type TextTest = (text: string, lower: string) => boolean;

/** Longer text is judged by its beginning: the time of a regex grows faster than its input. */
const REGEX_CHARS_MAX = 16 * 1024;

/** A test of text as a function; null for tests of absence and presence, which judge no text. */
export function compileTextTest(test: ValueTest): TextTest | null {
  switch (test.kind) {
    case 'pattern':
      return test.cased ? casedTest(test.pattern) : lowerTest(lowerPattern(test.pattern));
    case 'regex': {
      const regex = new RegExp(test.source, test.flags);
      return (text) =>
        regex.test(text.length > REGEX_CHARS_MAX ? text.slice(0, REGEX_CHARS_MAX) : text);
    }
    case 'cidr':
      return (text) => isInIpRange(text, test.range);
    case 'null':
    case 'exists':
      return null;
    default:
      return unreachable(test);
  }
}

const casedTest = (pattern: Pattern): TextTest => compilePattern(pattern);

function lowerTest(pattern: Pattern): TextTest {
  const test = compilePattern(pattern);
  return (_text, lower) => test(lower, lower);
}

/** The four shapes nearly all patterns have become one string operation. */
function compilePattern(pattern: Pattern): TextTest {
  const shape = shapeOf(pattern);
  if (shape === null) return (text) => matchesGlob(text, pattern);
  const { literal } = shape;
  if (shape.front && shape.back) return (text) => text.includes(literal);
  if (shape.front) return (text) => text.endsWith(literal);
  if (shape.back) return (text) => text.startsWith(literal);
  return (text) => text === literal;
}

interface LiteralShape {
  readonly literal: string;
  readonly front: boolean;
  readonly back: boolean;
}

/** A pattern of one literal, open at its front, its back, both or none; null for any other. */
function shapeOf(pattern: Pattern): LiteralShape | null {
  if (pattern.includes(ANY_ONE)) return null;
  const literals = pattern.filter((part) => typeof part === 'string');
  if (literals.length > 1) return null;
  const front = pattern[0] === ANY_RUN;
  return { literal: literals[0] ?? '', front, back: pattern.at(-1) === ANY_RUN };
}

/** The shape of a test that sees no case and looks for one literal; null for all others. */
export function literalShape(test: ValueTest): LiteralShape | null {
  return test.kind === 'pattern' && !test.cased ? shapeOf(lowerPattern(test.pattern)) : null;
}

/**
 * The literal of a test that a look-up in a set decides: a whole value, or the last segment of a
 * path (`endswith: /sh`). Null for all others.
 */
export function setLiteral(test: ValueTest): { text: string; isSegment: boolean } | null {
  const shape = literalShape(test);
  if (shape === null || shape.back) return null;
  const isSegment = shape.front && /^\/[^/]+$/.test(shape.literal);
  return shape.front && !isSegment ? null : { text: shape.literal, isSegment };
}

export const isSetTest = (test: ValueTest): boolean => setLiteral(test) !== null;
