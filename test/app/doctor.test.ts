// The first hour of a user: init, serve, feed, doctor, with a real server.
import { readFileSync } from 'node:fs';
import { expect, test, type TestContext } from 'vitest';
import { parse } from 'yaml';
import { startServer } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { inspectDatabase } from '../../src/inspect-database.ts';
import { createLogger } from '../../src/telemetry/log.ts';
import { runCli } from '../cli/fake-context.ts';
import { falcoAlert, tetragonExec } from '../support/raw-events.ts';
import { createTemporaryFiles } from '../support/temporary-files.ts';

const POD = { namespace: 'shop', name: 'web-1', uid: 'u-1', containerId: 'ab'.repeat(32) };

interface FirstHour {
  readonly url: string;
  readonly secret: string;
  readonly directory: string;
  readonly tokens: Readonly<Record<string, string>>;
  readonly falcoPath: string;
  readonly log: string[];
}

/** Serves from the file that init wrote, on a free port. */
async function firstHour({ onTestFinished }: TestContext, args: string[] = []): Promise<FirstHour> {
  const files = createTemporaryFiles();
  onTestFinished(() => files.remove());
  const directory = files.path('.');
  const { printed } = await runCli(['init', '--json', ...args], { directory });
  const written = JSON.parse(printed);
  const flags = { config: written.file, port: 0, host: '127.0.0.1' };
  const config = loadConfig({ flags, environment: {}, directory });
  const log: string[] = [];
  const logger = createLogger({ level: 'debug', stream: { write: (line) => void log.push(line) } });
  const server = await startServer({ config, podDumps: [], log: logger });
  onTestFinished(() => server.stop());
  const falco = new URL(parse(written.snippets.falco).http_output.url as string);
  const { secret, tokens } = written;
  return { url: server.url, secret, directory, tokens, falcoPath: falco.pathname, log };
}

const post = async (url: string, body: Uint8Array | string, headers = {}): Promise<number> => {
  const answer = await fetch(url, { method: 'POST', body: Buffer.from(body), headers });
  await answer.arrayBuffer();
  return answer.status;
};

const shellAt = (startMs: number) => ({
  node: 'node-1',
  pid: 7,
  binary: '/bin/sh',
  startMs,
  pod: POD,
});

test('the lines of init feed the server, and the doctor says what comes', async (context) => {
  const { url, secret, falcoPath, log } = await firstHour(context);
  const before = await runCli(['doctor', '--to', url]);
  expect(before.code).toBe(1);
  expect(before.printed).toContain('✗ Nothing has come');
  const now = Date.now() - 2000;
  const exec = tetragonExec(shellAt(now), now + 10);
  const bare = JSON.parse(
    Buffer.from(
      falcoAlert({ rule: 'R', priority: 'Notice', timeMs: now + 20, process: shellAt(now) }),
    ).toString(),
  ) as { output_fields: object };
  const alert = JSON.stringify({ ...bare, output_fields: { 'evt.type': 'openat' } });
  expect(await post(`${url}${falcoPath}`, alert)).toBe(200);
  const headers = { 'x-eyrie-secret': secret };
  expect(await post(`${url}/v1/ingest/tetragon`, exec, headers)).toBe(200);
  expect(await post(`${url}/v1/ingest/falco/wrong-secret-0123456`, alert)).toBe(401);
  expect(await post(`${url}/v1/ingest/tetargon/${secret}`, exec)).toBe(404);
  await expect
    .poll(async () => (await runCli(['doctor', '--to', url])).printed, { timeout: 20_000 })
    .toContain('Falco on node-1 has no append_output');
  const { code, printed } = await runCli(['doctor', '--to', url]);
  expect(code).toBe(1);
  expect(printed).toContain('refused with 401');
  expect(printed).toContain('refused with 404');
  expect(printed).toContain('✓ Tetragon arrives: 1 event of 1 node');
  expect(log.join('')).not.toContain(secret);
  expect(log.join('')).not.toContain('wrong-secret');
}, 40_000);

const basic = (text: string) => ({
  authorization: `Basic ${Buffer.from(text).toString('base64')}`,
});

test('the secret is taken in each of the forms that sensors have', async (context) => {
  const { url, secret } = await firstHour(context);
  const now = Date.now() - 2000;
  const exec = tetragonExec(shellAt(now), now + 10);
  const ways: readonly (readonly [string, object])[] = [
    ['/v1/ingest/tetragon', { 'x-eyrie-secret': secret }],
    ['/v1/ingest/tetragon', { authorization: `Bearer ${secret}` }],
    ['/v1/ingest/tetragon', basic(`falco:${secret}`)],
    ['/v1/ingest/tetragon', basic(`${secret}:`)],
    [`/v1/ingest/tetragon/${secret}`, {}],
    [`/v1/ingest/tetragon/${secret}/`, {}],
    [`/v1/ingest/${secret}`, {}],
    [`/v1/ingest?secret=${secret}`, {}],
    [`/v1/ingest/tetragon?secret=${secret}`, {}],
  ];
  for (const [path, headers] of ways) {
    expect(await post(`${url}${path}`, exec, headers), path).toBe(200);
  }
  const wrong = 'x'.repeat(40);
  const refused: readonly (readonly [string, object])[] = [
    ['/v1/ingest/tetragon', { 'x-eyrie-secret': wrong }],
    ['/v1/ingest/tetragon', basic(`falco:${wrong}`)],
    [`/v1/ingest/tetragon/${wrong}`, {}],
    [`/v1/ingest/${wrong}`, {}],
    [`/v1/ingest/tetragon?secret=${wrong}`, {}],
  ];
  for (const [path, headers] of refused) {
    expect(await post(`${url}${path}`, exec, headers), path).toBe(401);
  }
}, 40_000);

test('with tokens the doctor asks for one, of the role read', async (context) => {
  const { url, tokens } = await firstHour(context, ['--host', '0.0.0.0']);
  expect((await runCli(['doctor', '--to', url])).code).toBe(69);
  const environment = { EYRIE_TOKEN: tokens['viewer'] ?? '' };
  const { code, printed } = await runCli(['doctor', '--to', url, '--json'], { environment });
  expect(code).toBe(1);
  expect(JSON.parse(printed)).toMatchObject({ checks: [{ code: 'nothing-arrived' }], sensors: [] });
}, 40_000);

test('a database is inspected as the server saw it, beside that server', async (context) => {
  const { url, secret, directory } = await firstHour(context);
  const now = Date.now() - 2000;
  const process = shellAt(now);
  const alert = falcoAlert({ rule: 'R', priority: 'Notice', timeMs: now + 20, process });
  const body = Buffer.concat([tetragonExec(process, now + 10), Buffer.from('\n'), alert]);
  expect(await post(`${url}/v1/ingest/${secret}`, body)).toBe(200);
  const file = `${directory}/eyrie.sqlite`;
  expect(readFileSync(file).length).toBeGreaterThan(0);
  const report = await inspectDatabase({ file, rulesDirectory: 'rules' });
  expect(report.refusedRequests).toBeNull();
  expect(report.sensors).toMatchObject([
    { sensor: 'falco', accepted: 1, judged: { events: 1, joins: { pid: 1 } } },
    { sensor: 'tetragon', accepted: 1, judged: { withPod: 1 } },
  ]);
}, 40_000);
