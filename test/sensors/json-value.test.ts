import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from '../../src/sensors/json-value.ts';

/** The same, written as plainly as can be. */
function plainly(value: unknown, skip: ReadonlySet<string>): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => plainly(item, skip)).join(',')}]`;
  const members = Object.entries(value)
    .filter(([key]) => !skip.has(key))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${plainly(member, skip)}`);
  return `{${members.join(',')}}`;
}

test.each([
  [undefined, 'null'],
  [JSON.parse('1e999'), 'null'],
  [-0, '0'],
  ['a"b\\c\n\u007F\ud800', '"a\\"b\\\\c\\n\u007F\\ud800"'],
  [{ b: 1, a: [true, null, {}], 10: [], 9: '' }, '{"10":[],"9":"","a":[true,null,{}],"b":1}'],
])('%j', (value: unknown, text) => {
  expect(canonicalJson(value)).toBe(text);
});

test('any JSON, with keys left out or not, over and over', () => {
  const key = fc.constantFrom('a', 'b', 'refcnt', '__proto__', '1', '"');
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.jsonValue({ maxDepth: 1 }),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(key, tie('value'), { maxKeys: 5 }),
    ),
  }));
  fc.assert(
    fc.property(value, fc.constantFrom(new Set<string>(), new Set(['refcnt'])), (any, skip) => {
      const parsed: unknown = JSON.parse(JSON.stringify(any));
      expect(canonicalJson(parsed, skip)).toBe(plainly(parsed, skip));
    }),
    { numRuns: 500 },
  );
});
