import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Arrival } from '../../src/model/batch.ts';
import { packIds, unpackIds } from '../../src/store/key-id-list.ts';
import { acceptedFlags, encodeOutcomes } from '../../src/store/outcome-runs.ts';
import { compress, decompress } from '../../src/store/payload-codec.ts';
import { packRecords, recordOffsets, recordView } from '../../src/store/record-layout.ts';
import { capText, trigramQuery } from '../../src/store/search-text.ts';
import { partOf } from './sample-batch.ts';

test('lists of ids come back', () => {
  const lists = fc.uniqueArray(fc.nat({ max: 2 ** 40 }), { maxLength: 50 });
  fc.assert(
    fc.property(lists, (list) => {
      const ids = list.toSorted((left, right) => left - right);
      expect(unpackIds(packIds(ids))).toEqual(ids);
    }),
  );
});

test('neighboring ids take a byte each', () => {
  expect(packIds([1000, 1001, 1050, 1127]).byteLength).toBe(5);
});

test('outcomes are kept as runs', () => {
  const arrivals = 'aaadrca'.split('').map((letter) => ({ outcome: NAMES[letter] }) as Arrival);
  expect(encodeOutcomes(arrivals)).toBe('a3d1r1c1a1');
  expect([...acceptedFlags('a3d1r1c1a1', 7)]).toEqual([1, 1, 1, 0, 0, 0, 1]);
  expect(encodeOutcomes([])).toBe('');
});

const NAMES: Record<string, string> = {
  a: 'accepted',
  d: 'duplicate',
  r: 'rejected',
  c: 'control',
};

test('records are a length of four bytes, little-endian, and their bytes', () => {
  const packed = packRecords([
    partOf([Buffer.from('ab')]),
    partOf([Buffer.from(''), Buffer.from('c')]),
  ]);
  expect(packed.toString('hex')).toBe('020000006162000000000100000063');
  const offsets = recordOffsets(packed, 3);
  const texts = [0, 1, 2, 3, -1].map((index) => recordView(packed, offsets, index)?.toString());
  expect(texts).toEqual(['ab', '', 'c', undefined, undefined]);
});

test('any bytes survive compression, and none are blown up past their size', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const coded = compress(bytes);
      expect(coded.bytes.byteLength).toBeLessThanOrEqual(bytes.byteLength);
      expect([...decompress(coded, bytes.byteLength)]).toEqual([...bytes]);
    }),
  );
  const bomb = compress(Buffer.alloc(100_000));
  expect(() => decompress(bomb, 1_000)).toThrow('Cannot create a Buffer larger than');
});

test('texts are cut between characters', () => {
  expect(capText('grüße', 3)).toBe('gr');
  expect(capText('grüße', 4)).toBe('grü');
  expect(capText('kurz', 4)).toBe('kurz');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat({ max: 40 }), (text, max) => {
      const cut = capText(text, max);
      expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(max);
      expect(text.startsWith(cut)).toBe(true);
    }),
  );
});

test('a search text is one phrase, whatever it holds', () => {
  expect(trigramQuery('a "b" OR c')).toBe('"a ""b"" OR c"');
  expect(trigramQuery('ab')).toBeNull();
});
