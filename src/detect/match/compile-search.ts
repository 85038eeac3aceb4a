import type { FieldValue } from '../../model/security-event.ts';
import { unreachable } from '../../lib/unreachable.ts';
import type { Search } from '../../lib/sigma/search.ts';
import type { ValueTest, ValueTests } from '../../lib/sigma/value-test.ts';
import type { FieldSlots } from './field-slots.ts';
import { compileAlternatives } from './alternatives.ts';
import { byCost } from './search-cost.ts';
import { lastSegment, textOf, type FieldView } from './field-view.ts';
import { compileTextTest, type TextTest } from './text-test.ts';

/** Whether an event matches. Closures instead of generated code: they keep stack traces and explain themselves. */
export type Matcher = (view: FieldView) => boolean;

/**
 * Compiles a search that was read without complaint; it can not fail any more. Of several parts the
 * cheapest is asked first, which changes no answer: tests have no effects.
 */
export function compileSearch(search: Search, slots: FieldSlots): Matcher {
  switch (search.op) {
    case 'and':
      return everyOf(byCost(search.items).map((item) => compileSearch(item, slots)));
    case 'or':
      return someOf(byCost(search.items).map((item) => compileSearch(item, slots)));
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
  const { segments, texts } = compileAlternatives(tests);
  const others = tests.filter((test) => test.kind === 'null' || test.kind === 'exists');
  return someOf([
    ...(segments === null ? [] : [segmentMatcher(slot, segments)]),
    ...(texts === null ? [] : [textMatcher(slot, texts)]),
    ...others.map((test) => compileTest(slot, test)),
  ]);
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

/** Whether the last segment of a path is one of some. */
function segmentMatcher(slot: number, segments: ReadonlySet<string>): Matcher {
  const ofList = textMatcher(slot, (_text, lower) => segments.has(lastSegment(lower)));
  return (view) => {
    const segment = view.segment(slot);
    return segment === undefined ? ofList(view) : segments.has(segment);
  };
}

function anyElement(
  value: FieldValue | undefined,
  test: (element: FieldValue | undefined) => boolean,
): boolean {
  if (!Array.isArray(value)) return test(value);
  return value.some((element: FieldValue) => anyElement(element, test));
}

/** A keyword is searched in every text; with `all` each keyword may stand in another one. */
function compileKeywords({ tests, all }: ValueTests): Matcher {
  const matchers = tests.flatMap((test): Matcher[] => {
    const compiled = compileTextTest(test);
    if (compiled === null) return [];
    return [
      (view) => {
        const lowers = view.lowerTexts();
        return view.texts().some((text, index) => compiled(text, lowers[index] ?? ''));
      },
    ];
  });
  return all ? everyOf(matchers) : someOf(matchers);
}
