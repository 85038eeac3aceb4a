import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { presentDoctor } from '../../src/api/present-doctor.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import type { ArrivalsReport, NodeReport } from '../../src/doctor/arrivals-report.ts';
import { runCli } from './fake-context.ts';

const SECOND = 1_000_000;
const NOW = 1_778_486_400 * SECOND;

const NODE: NodeReport = {
  cluster: 'default',
  node: 'node-\u001b[31m1',
  sensor: 'falco',
  accepted: 1200,
  late: 3,
  version: '0.44.1',
  newest: NOW,
  lastReceivedAt: NOW - 2 * SECOND,
  delayMin: -4 * SECOND,
  delayMax: 900_000,
  alertFields: { sampled: 20, withContainer: 0, withPid: 0 },
};

const REPORT: ArrivalsReport = {
  since: NOW - 600 * SECOND,
  now: NOW,
  sensors: [
    {
      sensor: 'falco',
      accepted: 1200,
      duplicate: 1,
      late: 3,
      nodes: 1,
      versions: [{ version: '0.44.1', nodes: 1 }],
      versionAtLeast: null,
      kinds: { alert: 1200 },
      newest: NOW,
      lastReceivedAt: NOW - 2 * SECOND,
      judged: {
        events: 1000,
        onHost: 200,
        withPod: 400,
        ambiguousPod: 0,
        withProcess: 500,
        joins: { pid: 500, 'container-pid': 250, container: 250 },
      },
      alertFields: { sampled: 20, withContainer: 0, withPid: 0 },
    },
  ],
  nodes: [NODE],
  nodesTotal: 1,
  rejected: [{ code: 'invalid-json', count: 2, detail: 'It is cut.', lastAt: NOW }],
  skipped: [{ reason: 'log-line', count: 7 }],
  refusedRequests: [{ status: 401, count: 3, lastAt: NOW }],
  rules: {
    total: 5,
    blind: [
      {
        ruleId: 'r',
        title: 'A rule \u202e',
        level: 'high',
        path: 'r.yml',
        reason: 'no-events',
        missing: ['file_event'],
        policies: ['file-reads.yaml'],
      },
    ],
  },
};

const around = (gapsLastHour: number) => ({ gapsLastHour, files: [] });

/** A server that answers every request alike, and remembers the last credential. */
async function serveDocument(body: unknown): Promise<{ url: string; seen: { token?: string } }> {
  const seen: { token?: string } = {};
  const server = createServer((request, response) => {
    seen.token = request.headers.authorization ?? '';
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

test('problems come first, then the numbers, and nothing of it can act on a terminal', async () => {
  const { url } = await serveDocument(presentDoctor(REPORT, around(1)));
  const { code, printed } = await runCli(['doctor', '--to', url]);
  expect(code).toBe(EXIT.failed);
  const lines = printed.split('\n');
  expect(lines[0]).toMatch(/^✗ 3 requests to the intake were refused with 401/);
  expect(printed).toContain('          - proc.pid');
  expect(printed).toMatch(/^falco +1,200 +1 +3 +1 +0\.44\.1 +50 % +50 % +A 50 %, B 25 %, D 25 %$/m);
  expect(printed).toMatch(/^node-\\x1b\[31m1 +falco +1,200 +2 s ago +−4 s +900 ms +3 +0\.44\.1$/m);
  expect(printed).toMatch(/^records rejected +invalid-json +2 +Records are cut or broken/m);
  expect(printed).toMatch(/^high +A rule \\u\{202e\} +no event of file_event +file-reads\.yaml$/m);
  for (const hidden of ['\u001b', '\u202e']) expect(printed).not.toContain(hidden);
});

test('without a fault it ends with 0, and --json is the document', async () => {
  const calm = { ...REPORT, refusedRequests: [], rejected: [], nodes: [] };
  const body = presentDoctor(calm, around(0));
  const { url } = await serveDocument(body);
  const { code, printed } = await runCli(['doctor', '--to', url, '--json']);
  expect(code).toBe(EXIT.ok);
  expect(JSON.parse(printed)).toEqual(body);
});

test('a token comes from the environment or the flag', async () => {
  const { url, seen } = await serveDocument(presentDoctor(REPORT, around(0)));
  await runCli(['doctor', '--to', url], { environment: { EYRIE_TOKEN: 'from-outside' } });
  expect(seen.token).toBe('Bearer from-outside');
  await runCli(['doctor', '--to', url, '--token', 'from-flag']);
  expect(seen.token).toBe('Bearer from-flag');
});

test('a database file is asked instead of a server', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'eyrie-doctor-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'some.sqlite');
  writeFileSync(file, '');
  let asked: unknown;
  const services = {
    inspectDatabase: async (options: unknown) => {
      asked = options;
      return REPORT;
    },
  };
  const { code, printed } = await runCli(['doctor', '--db', file], { services, directory });
  expect(code).toBe(EXIT.failed);
  expect(printed).toContain(`Counted at ${file}`);
  expect(asked).toMatchObject({ file, rulesDirectory: expect.stringMatching(/rules$/) as string });
  expect((await runCli(['doctor', '--db', `${file}.none`], { directory })).code).toBe(EXIT.badData);
});

test('a server that is not there is unavailable; two sources are one too many', async () => {
  expect((await runCli(['doctor', '--to', 'http://127.0.0.1:9'])).code).toBe(EXIT.unavailable);
  const both = await runCli(['doctor', '--to', 'http://h', '--db', 'f']);
  expect(both.code).toBe(EXIT.usage);
});

test('without --to and EYRIE_URL it asks where the eyrie.yaml of this folder listens', async () => {
  const { url, seen } = await serveDocument(presentDoctor(REPORT, around(0)));
  const directory = mkdtempSync(join(tmpdir(), 'eyrie-doctor-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const { port } = new URL(url);
  for (const listen of [`{ port: ${port} }`, `{ host: 0.0.0.0, port: ${port} }`]) {
    writeFileSync(join(directory, 'eyrie.yaml'), `listen: ${listen}\n`);
    const environment = { EYRIE_TOKEN: `for ${listen}` };
    const { printed } = await runCli(['doctor'], { directory, environment });
    expect(printed).toContain(`Counted at http://127.0.0.1:${port}`);
    expect(seen.token).toBe(`Bearer for ${listen}`);
  }
  const elsewhere = { EYRIE_URL: 'http://127.0.0.1:9' };
  const named = await runCli(['doctor'], { directory, environment: elsewhere });
  expect(named.code).toBe(EXIT.unavailable);
});
