// Pages that are made from the code must be those that the code makes today.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { stringify } from 'yaml';
import configSchema from '../../schemas/config.json' with { type: 'json' };
import { configurationPage } from '../../docs/generate-configuration.ts';
import { rulesPage } from '../../docs/generate-rules.ts';
import { loadConfig } from '../../src/config/load-config.ts';

const pageOf = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../../docs', name), 'utf8');

test('docs/CONFIGURATION.md is up to date', async () => {
  expect(pageOf('CONFIGURATION.md')).toBe(await configurationPage());
});

test('the table of docs/RULES.md is up to date', async () => {
  expect(pageOf('RULES.md')).toBe(await rulesPage());
});

interface SchemaNode {
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
}

/** The defaults that the schema names, in the shape of a configuration file. */
function defaultsOf({ default: value, properties }: SchemaNode): unknown {
  if (properties === undefined) return value;
  const entries = Object.entries(properties)
    .map(([key, child]) => [key, defaultsOf(child)] as const)
    .filter(([, child]) => child !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

test('the defaults that the schema names are those in effect', () => {
  const directory = mkdtempSync(join(tmpdir(), 'eyrie-defaults-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const sources = { flags: {}, environment: {}, directory };
  const silent = loadConfig(sources);
  const written = defaultsOf(configSchema as SchemaNode);
  expect(Object.keys(written as object)).toContain('latenessMs');
  writeFileSync(join(directory, 'eyrie.yaml'), stringify(written));
  expect({ ...loadConfig(sources), source: null }).toEqual(silent);
});
