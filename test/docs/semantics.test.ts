// docs/SEMANTICS.md links every sentence to the test that holds it; a link to nothing fails here.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const TEST_LINK = /\[((?:[^\]\\]|\\.)+)\]\((\.\.\/test\/[\w/-]+\.test\.ts)\)/g;

interface NamedTest {
  readonly title: string;
  /** Path from the root of the project. */
  readonly file: string;
}

const rules = readFileSync(join(ROOT, 'docs/SEMANTICS.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('- '));

const namedTests = (rule: string): NamedTest[] =>
  [...rule.matchAll(TEST_LINK)].map(([, title = '', file = '']) => ({
    title: title.replaceAll(/\\(.)/g, '$1'),
    file: file.slice('../'.length),
  }));

/** A title stands in the code as a string of its own, in any of the three kinds of quotes. */
function isThere({ title, file }: NamedTest): boolean {
  const path = join(ROOT, file);
  if (!existsSync(path)) return false;
  const code = readFileSync(path, 'utf8');
  const quoted = [`'${title.replaceAll("'", String.raw`\'`)}'`, `"${title}"`, `\`${title}\``];
  return quoted.some((text) => code.includes(text));
}

test('every rule names a test', () => {
  expect(rules.length).toBeGreaterThan(80);
  expect(rules.filter((rule) => namedTests(rule).length === 0)).toEqual([]);
});

test('every test that is named exists', () => {
  const missing = rules.flatMap(namedTests).filter((named) => !isThere(named));
  expect(missing.map(({ file, title }) => `${file} has no "${title}"`)).toEqual([]);
});
