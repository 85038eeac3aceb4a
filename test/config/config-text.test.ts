import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { readConfigSchema, type SchemaNode } from '../../src/config/config-schema.ts';
import { configText } from '../../src/config/config-text.ts';
import { loadConfig } from '../../src/config/load-config.ts';

const SECRET = 'a-secret-0123456789';
const VALUES = {
  listen: { port: 9000 },
  ingest: { secrets: [{ name: 'sensors', secret: SECRET }] },
};

const textOf = (values: Parameters<typeof configText>[0]['values']): string =>
  configText({ schemaPlace: './schemas/config.json', values });

function loadText(text: string) {
  const directory = mkdtempSync(join(tmpdir(), 'eyrie-text-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, 'eyrie.yaml'), text);
  return loadConfig({ flags: {}, environment: {}, directory });
}

test('only what was asked for is in effect', () => {
  const config = loadText(textOf(VALUES));
  const silent = loadText('');
  expect(config.listen).toEqual({ host: '127.0.0.1', port: 9000 });
  expect(config.ingest.secrets.map(({ name }) => name)).toEqual(['sensors']);
  expect(config.incidents).toEqual(silent.incidents);
  expect(config.tokens).toEqual([]);
});

test('editors are told of the schema in the first line', () => {
  expect(textOf(VALUES).split('\n')[0]).toBe(
    '# yaml-language-server: $schema=./schemas/config.json',
  );
});

/** Every path of a setting that one value can hold, and of a list. */
function leavesOf(node: SchemaNode, path: readonly string[]): string[] {
  return Object.entries(node.properties ?? {}).flatMap(([key, child]) =>
    child.properties === undefined ? [[...path, key].join('.')] : leavesOf(child, [...path, key]),
  );
}

/** The text with every commented setting in effect. Prose does not look like a setting. */
const uncommented = (text: string): string =>
  text
    .split('\n')
    .map((line) =>
      /^ *# (?: *- )?(?: *)[A-Za-z]+:(?: |$)/.test(line) || /^ *# +- /.test(line)
        ? line.replace('# ', '')
        : line,
    )
    .join('\n');

test('every setting stands there, and is valid as soon as its comment is taken away', () => {
  const text = uncommented(textOf({}));
  const values = parse(text) as Record<string, unknown>;
  for (const path of leavesOf(readConfigSchema(), [])) {
    const held = path.split('.').reduce<unknown>((node, key) => (node as never)?.[key], values);
    expect(held, path).not.toBeUndefined();
  }
  // The examples name files of secrets that are not there; everything else is accepted.
  expect(() => loadText(text)).toThrow(/\/run\/secrets\/\w+ can not be read/);
  const { tokens: _tokens, ingest, ...rest } = values;
  const { secrets: _secrets, ...intake } = ingest as Record<string, unknown>;
  expect(loadText(JSON.stringify({ ...rest, ingest: intake })).publicUrl).toBe(
    'https://eyrie.example.org',
  );
});

test('a value that YAML would read as something else is quoted', () => {
  const secret = '00000000000000000001';
  const values = { ingest: { secrets: [{ name: 'a', secret }] } };
  expect(parse(textOf(values)).ingest.secrets[0].secret).toBe(secret);
});

test('no line is so long that it has to be scrolled', () => {
  const longest = Math.max(
    ...textOf(VALUES)
      .split('\n')
      .map((line) => line.length),
  );
  expect(longest).toBeLessThanOrEqual(102);
});
