import type { FieldValue } from '../../model/security-event.ts';
import { unreachable } from '../../lib/assert.ts';
import { lowerPattern } from '../../lib/sigma/pattern.ts';
import type { Search } from '../../lib/sigma/search.ts';
import type { ValueTest, ValueTests } from '../../lib/sigma/value-test.ts';
import type { FieldSlots } from './field-slots.ts';
import { textOf, type FieldView } from './field-view.ts';
import { compileTextTest, shapeOf, type TextTest } from './text-test.ts';

/** Whether an event matches. Closures instead of generated code: they keep stack traces and explain themselves. */
export type Matcher = (view: FieldView) => boolean;

/** Compiles a search that was read without complaint; it can not fail any more. */
export function compileSearch(search: Search, slots: FieldSlots): Matcher {
  switch (search.op) {
    case 'and':
      return everyOf(search.items.map((item) => compileSearch(item, slots)));
    case 'or':
      return someOf(search.items.map((item) => compileSearch(item, slots)));
    case 'not': {
      const matcher = compileSearch(search.item, slots);
      return (view) => !matcher(view);
    }
    case 'field':
      return compileField(slots.slotOf(search.field), search.values);
    case 'keywords':
      return compileKeywords(search.values);
    default:
      return unreachable(search);
  }
}

function everyOf(matchers: readonly Matcher[]): Matcher {
  const [first, second] = matchers;
  if (first === undefined) return () => true;
  if (second === undefined) return first;
  if (matchers.length === 2) return (view) => first(view) && second(view);
  return (view) => {
    for (const matcher of matchers) if (!matcher(view)) return false;
    return true;
  };
}

function someOf(matchers: readonly Matcher[]): Matcher {
  const [first, second] = matchers;
  if (first === undefined) return () => false;
  if (second === undefined) return first;
  if (matchers.length === 2) return (view) => first(view) || second(view);
  return (view) => {
    for (const matcher of matchers) if (matcher(view)) return true;
    return false;
  };
}

function compileField(slot: number, { tests, all }: ValueTests): Matcher {
  if (all) return everyOf(tests.map((test) => compileTest(slot, test)));
  const texts = compileAlternatives(tests);
  const others = tests.filter((test) => test.kind === 'null' || test.kind === 'exists');
  const matchers = others.map((test) => compileTest(slot, test));
  return someOf(texts === null ? matchers : [textMatcher(slot, texts), ...matchers]);
}

function compileTest(slot: number, test: ValueTest): Matcher {
  if (test.kind === 'exists') {
    return (view) => (view.value(slot) !== undefined) === test.expected;
  }
  const texts = compileTextTest(test);
  return texts === null
    ? (view) => anyElement(view.value(slot), (value) => value === undefined || value === null)
    : textMatcher(slot, texts);
}

/** A list of values matches when any of its elements does. */
function textMatcher(slot: number, test: TextTest): Matcher {
  const testElement = (value: FieldValue | undefined): boolean => {
    const text = textOf(value);
    return text !== undefined && test(text, text.toLowerCase());
  };
  return (view) => {
    const lower = view.lower(slot);
    if (lower !== undefined) return test(view.text(slot) ?? '', lower);
    const value = view.value(slot);
    return typeof value === 'object' && value !== null && anyElement(value, testElement);
  };
}

function anyElement(
  value: FieldValue | undefined,
  test: (element: FieldValue | undefined) => boolean,
): boolean {
  if (!Array.isArray(value)) return test(value);
  return value.some((element: FieldValue) => anyElement(element, test));
}

/**
 * One test for a list of alternatives. Whole values and last path segments (`endswith: /sh`) of any
 * number cost one look-up each; what is left is tried one after the other. This is where an index
 * of necessary literals over all rules would hook in, should a rule set grow past some hundred.
 */
function compileAlternatives(tests: readonly ValueTest[]): TextTest | null {
  const whole = new Set<string>();
  const segments = new Set<string>();
  const others: TextTest[] = [];
  for (const test of tests) {
    if (addToSets(test, whole, segments)) continue;
    const compiled = compileTextTest(test);
    if (compiled !== null) others.push(compiled);
  }
  const all: TextTest[] = [];
  if (whole.size > 0) all.push((_text, lower) => whole.has(lower));
  if (segments.size > 0) all.push((_text, lower) => segments.has(lastSegment(lower)));
  all.push(...others);
  const [first] = all;
  if (first === undefined) return null;
  if (all.length === 1) return first;
  return (text, lower) => {
    for (const test of all) if (test(text, lower)) return true;
    return false;
  };
}

function addToSets(test: ValueTest, whole: Set<string>, segments: Set<string>): boolean {
  if (test.kind !== 'pattern' || test.cased) return false;
  const shape = shapeOf(lowerPattern(test.pattern));
  if (shape === null || shape.back) return false;
  if (!shape.front) {
    whole.add(shape.literal);
    return true;
  }
  const isSegment = /^\/[^/]+$/.test(shape.literal);
  if (isSegment) segments.add(shape.literal);
  return isSegment;
}

/** From the last slash on, the slash included; '' without one, which no segment equals. */
function lastSegment(text: string): string {
  const at = text.lastIndexOf('/');
  return at === -1 ? '' : text.slice(at);
}

/** A keyword is searched in every text; with `all` each keyword may stand in another one. */
function compileKeywords({ tests, all }: ValueTests): Matcher {
  const matchers = tests.flatMap((test): Matcher[] => {
    const compiled = compileTextTest(test);
    if (compiled === null) return [];
    return [(view) => view.texts().some((text) => compiled(text, text.toLowerCase()))];
  });
  return all ? everyOf(matchers) : someOf(matchers);
}
