import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { stableId } from '../../src/lib/stable-id.ts';

test('ids of well-formed texts are hashes of their UTF-8', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), (parts) => {
      const text = parts.map((part) => `${part.length}:${part}`).join('');
      expect(stableId(parts)).toBe(createHash('sha256').update(text).digest('hex').slice(0, 32));
    }),
  );
});

test('texts that differ only in halves of surrogate pairs have different ids', () => {
  const texts = ['\ud800', '\ud801', '\udc00', '\ufffd', 'a\ud800', 'a\udc00'];
  expect(new Set(texts.map((text) => stableId(['event', text]))).size).toBe(texts.length);
});

test('different lists of any texts have different ids', () => {
  const parts = fc.array(fc.string({ unit: 'binary', maxLength: 3 }), { maxLength: 3 });
  fc.assert(
    fc.property(parts, parts, (left, right) => {
      const isSame = JSON.stringify(left) === JSON.stringify(right);
      expect(stableId(left) === stableId(right)).toBe(isSame);
    }),
  );
});
