import type { ValueTest } from '../../lib/sigma/value-test.ts';
import { compileTextTest, literalShape, setLiteral, type TextTest } from './text-test.ts';

/** A list of values of which one must match. */
export interface Alternatives {
  /** Last segments of a path (`endswith: /sh`), slash included; null if there are none. */
  readonly segments: ReadonlySet<string> | null;
  /** All that is judged by the whole text; null if there is nothing. */
  readonly texts: TextTest | null;
}

/** From so many literals on one expression over all of them is faster than one search for each. */
const JOINED_MIN = 3;

/**
 * Compiles a list of alternatives. Whole values and last segments of any number cost a look-up
 * each, literals inside of a text one pass over it. An index of necessary literals over all rules
 * would hook in here and in the rule index, should rule sets grow past some hundred.
 */
export function compileAlternatives(tests: readonly ValueTest[]): Alternatives {
  const whole = new Set<string>();
  const segments = new Set<string>();
  const literals: ValueTest[] = [];
  const others: ValueTest[] = [];
  for (const test of tests) {
    const literal = setLiteral(test);
    if (literal !== null) (literal.isSegment ? segments : whole).add(literal.text);
    else if (literalShape(test) !== null) literals.push(test);
    else others.push(test);
  }
  const joined = literals.length >= JOINED_MIN ? [joinLiterals(literals)] : [];
  const single = [...(joined.length === 0 ? literals : []), ...others].flatMap(
    (test) => compileTextTest(test) ?? [],
  );
  const isWhole: TextTest = (_text, lower) => whole.has(lower);
  return {
    segments: segments.size === 0 ? null : segments,
    texts: firstOf([...(whole.size === 0 ? [] : [isWhole]), ...joined, ...single]),
  };
}

function firstOf(tests: readonly TextTest[]): TextTest | null {
  const [first] = tests;
  if (first === undefined || tests.length === 1) return first ?? null;
  return (text, lower) => {
    for (const test of tests) if (test(text, lower)) return true;
    return false;
  };
}

/** One expression for literals at the front, at the back and inside; it looks at lower-cased text. */
function joinLiterals(tests: readonly ValueTest[]): TextTest {
  const sources = tests.flatMap((test) => {
    const shape = literalShape(test);
    if (shape === null) return [];
    const literal = shape.literal.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
    return [`${shape.front ? '' : '^'}${literal}${shape.back ? '' : '$'}`];
  });
  const regex = new RegExp(sources.join('|'));
  return (_text, lower) => regex.test(lower);
}
