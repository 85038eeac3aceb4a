import { spawnSync } from 'node:child_process';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkRegex } from '../../../src/lib/sigma/regex-check.ts';

const isAccepted = (source: string): boolean => {
  try {
    checkRegex(source, false);
    return true;
  } catch {
    return false;
  }
};

test.each([
  '(a?){30}b',
  '(?:a|a){30}b',
  '(?:a{1,2}){30}b',
  '(?:(?:a{0,9}){3}){9}b',
  '(?:a{1,3}){1,20}b',
  'a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?b',
  'a{0,100}a{0,100}a{0,100}b',
  '(\\b){100}a',
  '(?:(\\b){100,}){100,}a',
  '(a*){2}',
  '(?:a|)*b',
])('refuses %s', (source) => {
  expect(() => checkRegex(source, false)).toThrow(/^.*regex (?:has|repeats)/);
});

test.each([
  '[^/]{100,}',
  '(?:\\d{1,3}\\.){3}\\d{1,3}',
  '[0-9a-f]{64}',
  '(?:[0-9a-f]{2}:){5}[0-9a-f]{2}',
  '\\s(?:-[a-zA-Z]{0,8}[oOP]|--output)[= ]?/(?:tmp|run)/',
  'curl\\s.*\\|\\s?(?:ba|da)?sh',
])('accepts %s', (source) => {
  expect(() => checkRegex(source, false)).not.toThrow();
});

const { pattern } = fc.letrec<{ atom: string; part: string; sequence: string; pattern: string }>(
  (tie) => ({
    atom: fc.oneof(
      { maxDepth: 3 },
      { weight: 4, arbitrary: fc.constantFrom('a', 'b', '[ab]', '.', '\\w', '[^b]') },
      { weight: 2, arbitrary: tie('sequence').map((body) => `(?:${body})`) },
      {
        weight: 1,
        arbitrary: fc
          .tuple(tie('sequence'), tie('sequence'))
          .map(([one, two]) => `(${one}|${two})`),
      },
    ),
    part: fc
      .tuple(
        tie('atom'),
        fc.constantFrom('', '', '?', '{0,3}', '{2}', '{1,9}', '{4}', '{0,100}', '{2,9}'),
      )
      .map((both) => both.join('')),
    sequence: fc.array(tie('part'), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')),
    // At most one repetition without bound, whose time grows with the square of the text's length.
    pattern: fc
      .tuple(tie('sequence'), fc.constantFrom('', '[^b]*', 'a+'), tie('sequence'))
      .map((parts) => `${parts.join('')}!`),
  }),
);

test('whatever is accepted ends in time on any text', { timeout: 30_000 }, () => {
  const accepted = fc.sample(pattern, { numRuns: 3000, seed: 7 }).filter(isAccepted).slice(0, 25);
  expect(accepted).toHaveLength(25);
  const program = `
    const texts = ['a', 'ab', 'aab', 'b'].map((unit) => unit.repeat(2048).slice(0, 2048));
    for (const source of ${JSON.stringify(accepted)}) {
      const started = process.hrtime.bigint();
      for (const text of texts) new RegExp(source).test(text);
      console.log(Number(process.hrtime.bigint() - started) / 1e6, source);
    }`;
  const { status, stdout } = spawnSync(process.execPath, ['-e', program], {
    timeout: 20_000,
    encoding: 'utf8',
  });
  expect(stdout.trim().split('\n')).toHaveLength(accepted.length);
  expect(status).toBe(0);
});
