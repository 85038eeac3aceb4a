import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { matchesGlob } from '../../src/detect/match/glob.ts';
import { compileSearch } from '../../src/detect/match/compile-search.ts';
import { createFieldSlots } from '../../src/detect/match/field-slots.ts';
import { parseDetection } from '../../src/lib/sigma/detection.ts';
import { parsePattern } from '../../src/lib/sigma/pattern.ts';
import { readYamlDocuments } from '../../src/lib/sigma/yaml-documents.ts';
import { jsonView } from './json-subject.ts';
import { asRegex, evaluate } from './reference-evaluator.ts';

const word = fc
  .array(fc.constantFrom('a', 'b', 'A', '/', '/b', '*', '?', '\\', '\u{1F600}'), { maxLength: 4 })
  .map((letters) => letters.join(''));
const value = fc.oneof(
  { weight: 6, arbitrary: word },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 3 }) },
  { weight: 1, arbitrary: fc.boolean() },
);
const values = fc.oneof(value, fc.array(value, { minLength: 1, maxLength: 4 }));
const key = fc
  .tuple(
    fc.constantFrom('f', 'g', 'h'),
    fc.constantFrom('', '|contains', '|startswith', '|endswith', '|cased', '|contains|cased'),
    fc.constantFrom('', '|all'),
  )
  .map((parts) => parts.join(''));
const selection = fc.oneof(
  fc.dictionary(key, values, { minKeys: 1, maxKeys: 3 }),
  fc.constantFrom<object>(
    { f: null },
    { 'g|exists': true },
    { 'h|re': 'a.?b' },
    { 'f|cidr': '10.0.0.0/8' },
  ),
);
const detection = fc.record({
  s1: selection,
  s2: selection,
  s3: selection,
  condition: fc.constantFrom(
    's1',
    's1 and s2 or s3',
    'not s1 and (s2 or not s3)',
    '1 of s*',
    'all of them',
    's1 and not 1 of s2*',
  ),
});
const subject = fc.dictionary(
  fc.constantFrom('f', 'g', 'h'),
  fc.oneof(value, fc.constantFrom(null, '', '10.1.2.3'), fc.array(value, { maxLength: 3 })),
);

test('compiled matchers agree with the slow evaluator', () => {
  let matched = 0;
  fc.assert(
    fc.property(detection, fc.array(subject, { minLength: 1, maxLength: 5 }), (rule, subjects) => {
      const content = readYamlDocuments(stringify(rule))[0]?.content ?? {};
      const search = parseDetection(content);
      const slots = createFieldSlots();
      const matches = compileSearch(search, slots);
      for (const event of subjects) {
        const expected = evaluate(search, event);
        if (expected) matched += 1;
        expect(matches(jsonView(slots.fields, event))).toBe(expected);
      }
    }),
    { numRuns: 600 },
  );
  expect(matched).toBeGreaterThan(100);
});

test('a glob takes what the same regular expression takes', () => {
  fc.assert(
    fc.property(word, word, word, (left, right, text) => {
      const pattern = parsePattern(left + right);
      expect(matchesGlob(text, pattern)).toBe(asRegex(pattern).test(text));
    }),
    { numRuns: 2000 },
  );
});

test('a glob of many stars ends in time on the worst text', () => {
  const pattern = parsePattern(`${'a*'.repeat(20)}b`);
  expect(matchesGlob('a'.repeat(4096), pattern)).toBe(false);
});
