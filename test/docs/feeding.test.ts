// The lines of the README are those that `eyrie init` prints.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  type Door,
  falcoLines,
  falcosidekickLines,
  TETRAGON_LOG,
  vectorLines,
} from '../../src/config/feeding.ts';

const DOOR: Door = { url: 'http://127.0.0.1:7780', secret: 'THE-SECRET' };

const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
const blocks = [...readme.matchAll(/```yaml\n(.*?)```/gs)].map(
  ([, text]) => parse(text ?? '') as unknown,
);

test.each([
  ['Falco', falcoLines(DOOR)],
  ['falcosidekick', falcosidekickLines(DOOR)],
  ['Vector', vectorLines(DOOR)],
  ['a followed file', ['files:', `  - path: ${TETRAGON_LOG}`, '    sensor: tetragon']],
])('the lines for %s', (_name, lines) => {
  expect(blocks).toContainEqual(parse(lines.join('\n')));
});
