import { expect, test } from 'vitest';
import { nearestWord } from '../../src/lib/nearest-word.ts';
import { parseDuration } from '../../src/lib/parse-duration.ts';

const KEYS = ['listen', 'database', 'rules', 'host', 'port', 'publicUrl'];

test.each([
  ['prot', 'port'],
  ['lisen', 'listen'],
  ['databse', 'database'],
  ['publicurl', 'publicUrl'],
  ['PORT', 'port'],
  ['rule', 'rules'],
])('%s was meant to be %s', (word, expected) => {
  expect(nearestWord(word, KEYS)).toBe(expected);
});

test.each(['', 'x', 'tokens', 'completely-different', 'p'.repeat(10_000)])(
  '%#: nothing is near',
  (word) => {
    expect(nearestWord(word, KEYS)).toBeNull();
  },
);

test.each([
  ['500ms', 500],
  ['90s', 90_000],
  ['30m', 1_800_000],
  ['24h', 86_400_000],
  ['7d', 604_800_000],
])('the duration %s is %i ms', (text, expected) => {
  expect(parseDuration(text)).toBe(expected);
});

test.each(['', '5', '-5s', '1.5h', '5 s', '5w', '9999999999s', '1h30m'])(
  '%j is no duration',
  (text) => {
    expect(parseDuration(text)).toBeNull();
  },
);
