import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { configuredUrl } from '../../src/cli/configured-url.ts';
import { createTerminal } from '../../src/cli/terminal.ts';

const TERMINAL = createTerminal(process);

function urlOf(yaml: string | null, environment: Record<string, string> = {}): string | null {
  const directory = mkdtempSync(join(tmpdir(), 'eyrie-url-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  if (yaml !== null) writeFileSync(join(directory, 'eyrie.yaml'), yaml);
  return configuredUrl({ ...TERMINAL, directory, environment });
}

test.each([
  ['listen: { port: 9000 }', 'http://127.0.0.1:9000'],
  ['listen: { host: 127.0.0.2 }', 'http://127.0.0.2:7780'],
  ['listen: { host: 0.0.0.0, port: 9000 }', 'http://127.0.0.1:9000'],
  ['listen: { host: "::", port: 9000 }', 'http://[::1]:9000'],
  ['listen: { host: "[::]", port: 9000 }', 'http://[::1]:9000'],
  [`listen: { host: ${hostname()}, port: 9000 }`, `http://${hostname()}:9000`],
])('%s is reached under %s', (yaml, url) => {
  expect(urlOf(yaml)).toBe(url);
});

test.each([null, '', 'listen:\n', 'listen: { port: 0 }', 'listen: { port: [1] }', 'a: [', '- 1'])(
  '%j says nothing of an address',
  (yaml) => {
    expect(urlOf(yaml)).toBeNull();
  },
);

test('an address of another machine is never taken, because tokens would go there', () => {
  expect(urlOf('listen: { host: eyrie.example, port: 9000 }')).toBeNull();
  expect(urlOf('listen: { host: 203.0.113.9, port: 9000 }')).toBeNull();
});

test('variables of the server win over its file', () => {
  const environment = { EYRIE_LISTEN_PORT: '9001' };
  expect(urlOf('listen: { port: 9000 }', environment)).toBe('http://127.0.0.1:9001');
});
