import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { visibleJson } from '../../src/cli/visible-json.ts';

const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

test('what a terminal would act on is escaped', () => {
  const text = visibleJson({ text: 'a\u009b2J\u202eb\u{e0041}\u2028\u0007\ud800' });
  expect(HIDDEN.test(text.replaceAll('\n', ''))).toBe(false);
  expect(text).toContain('\\u009b');
  expect(text).toContain('\\u202e');
});

test('it parses to the same value and shows no hidden character', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (value, extra) => {
      const text = visibleJson({ value, extra });
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify({ value, extra })));
      expect(HIDDEN.test(text.replaceAll('\n', ''))).toBe(false);
    }),
    { numRuns: 300 },
  );
});
