import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { runCli } from './fake-context.ts';

interface Seen {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

let folder = '';
let server: Server;
let url = '';
let seen: Seen[] = [];
let replies: Reply[] = [];

const linesOf = (body: string): string[] => body.split('\n').filter((line) => line !== '');

/** Accepts whatever comes, unless a reply was laid ready. */
const answerAll = (body: string): Reply => ({
  status: 200,
  body: { accepted: linesOf(body).length, duplicate: 0, skipped: 0, rejected: [] },
});

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'eyrie-send-test-'));
  seen = [];
  replies = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('latin1');
      seen.push({ path: request.url ?? '', headers: request.headers, body });
      const reply = replies.shift() ?? answerAll(body);
      response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers });
      response.end(JSON.stringify(reply.body));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const START = Date.UTC(2026, 0, 1) / 1000;
const NOW_MICROS = 1_800_000_000_500_000;

const eventAt = (second: number): string =>
  `{"rule":"R${second}","output_fields":{},"time":"${new Date((START + second) * 1000).toISOString().slice(0, 19)}.000000001Z"}`;

function writeEvents(count: number, name = 'events.ndjson'): string {
  const file = join(folder, name);
  const text = Array.from({ length: count }, (_, index) => `${eventAt(index)}\n`).join('');
  writeFileSync(file, name.endsWith('.gz') ? gzipSync(text) : text);
  return file;
}

const send = async (file: string, ...args: string[]) =>
  runCli(['send', file, '--to', url, '--json', ...args], { nowMicros: NOW_MICROS });

const ledgerOf = (printed: string): Record<string, unknown> =>
  JSON.parse(printed) as Record<string, unknown>;

describe('eyrie send', () => {
  test('sends bodies of at most 500 records, in order and complete', async () => {
    const result = await send(writeEvents(1201));
    expect(result.code).toBe(EXIT.ok);
    expect(seen.map((request) => linesOf(request.body).length)).toEqual([500, 500, 201]);
    expect(seen.every((request) => request.path === '/v1/ingest')).toBe(true);
    const rules = seen
      .flatMap((request) => linesOf(request.body))
      .map((line) => /R\d+/.exec(line)?.[0]);
    expect(rules).toEqual(Array.from({ length: 1201 }, (_, index) => `R${index}`));
    expect(ledgerOf(result.printed)).toMatchObject({ sent: 1201, requests: 3, accepted: 1201 });
  });

  test('moves all times so that the newest is now and distances stay', async () => {
    await send(writeEvents(3));
    const times = linesOf(seen[0]?.body ?? '').map(
      (line) => /"time":"([^"]+)"/.exec(line)?.[1] ?? '',
    );
    expect(times.map((time) => Date.parse(time) / 1000)).toEqual([
      1_799_999_997, 1_799_999_998, 1_799_999_999,
    ]);
    expect(times[0]).toMatch(/\.000000001Z$/);
  });

  test('--keep-time sends the bytes as they are, also invalid UTF-8', async () => {
    const file = join(folder, 'raw.ndjson');
    const bytes = Buffer.from(`${eventAt(0).replace('R0', 'R\u00ff')}\n`, 'latin1');
    writeFileSync(file, bytes);
    await send(file, '--keep-time');
    expect(seen[0]?.body).toBe(bytes.toString('latin1'));
  });

  test('--rate sends one record per request, when it is due', async () => {
    const result = await send(writeEvents(4), '--rate', '10', '--sensor', 'falco');
    expect(seen).toHaveLength(4);
    expect(seen.every((request) => request.path === '/v1/ingest/falco')).toBe(true);
    // The clock of this test stands still, so each one waits from the beginning.
    expect(result.slept).toEqual([100, 200, 300]);
  });

  test('reads gzip and standard input', async () => {
    await send(writeEvents(2, 'events.ndjson.gz'));
    const stdin = [`${eventAt(0)}\n${eventAt(1).slice(0, 20)}`, `${eventAt(1).slice(20)}\n`];
    await runCli(['send', '-', '--to', url], { stdin, nowMicros: NOW_MICROS });
    expect(seen.map((request) => linesOf(request.body).length)).toEqual([2, 2]);
    expect(seen[0]?.body).toBe(seen[1]?.body);
  });

  test('waits as long as a full server asks, then sends the same again', async () => {
    const full = { status: 503, headers: { 'retry-after': '2' }, body: { detail: 'full' } };
    replies = [full, full];
    const result = await send(writeEvents(1));
    expect(result.code).toBe(EXIT.ok);
    expect(result.slept).toEqual([2000, 2000]);
    expect(new Set(seen.map((request) => request.body)).size).toBe(1);
    expect(ledgerOf(result.printed)).toMatchObject({ sent: 1, requests: 3, waits: 2 });
  });

  test('gives up on a server that stays full', async () => {
    replies = Array.from({ length: 100 }, () => ({ status: 503, body: { detail: 'full' } }));
    expect((await send(writeEvents(1))).code).toBe(EXIT.tryAgain);
  });

  test('counts what was refused, by code', async () => {
    const rejected = [{ index: 0, code: 'invalid-json', detail: 'cut' }];
    replies = [{ status: 400, body: { accepted: 0, duplicate: 0, skipped: 0, rejected } }];
    const result = await send(writeEvents(1));
    expect(result.code).toBe(EXIT.failed);
    expect(ledgerOf(result.printed)).toMatchObject({
      rejected: 1,
      rejectionCodes: { 'invalid-json': 1 },
    });
  });

  test('sends secrets from the environment and says what a 401 wants', async () => {
    replies = [{ status: 401, body: { detail: 'The secret is missing or unknown.' } }];
    const environment = { EYRIE_TOKEN: 'tok', EYRIE_INGEST_SECRET: 'sec', EYRIE_URL: `${url}/` };
    const result = await runCli(['send', writeEvents(1)], { environment });
    expect(result.code).toBe(EXIT.unavailable);
    expect(result.noted).toContain('EYRIE_INGEST_SECRET');
    expect(seen[0]?.headers).toMatchObject({
      authorization: 'Bearer tok',
      'x-eyrie-secret': 'sec',
    });
  });

  test('a failure with --rate ends the command instead of being lost', async () => {
    replies = [{ status: 401, body: { detail: 'no' } }];
    expect((await send(writeEvents(3), '--rate', '1000')).code).toBe(EXIT.unavailable);
  });

  test('says when nobody listens', async () => {
    const result = await runCli(['send', writeEvents(1), '--to', 'http://127.0.0.1:1']);
    expect(result.code).toBe(EXIT.unavailable);
    expect(result.noted).toContain('eyrie serve');
    expect(result.printed).toBe('');
  });

  test('knows gzip by its bytes, and names a file that was cut', async () => {
    const whole = gzipSync('{"a":1}\n{"b":2}\n'.repeat(50));
    const plainName = join(folder, 'packed.ndjson');
    writeFileSync(plainName, whole);
    expect((await send(plainName)).printed).toContain('100');
    const cut = join(folder, 'cut.ndjson.gz');
    writeFileSync(cut, whole.subarray(0, 20));
    expect(await send(cut)).toMatchObject({
      code: EXIT.badData,
      noted: `eyrie: ${cut}: its gzip ends too early`,
    });
  });
});

describe('eyrie incidents with a server', () => {
  const receipt = {
    incidentId: 'x',
    number: 3,
    name: 'INC-3',
    state: 'closed',
    version: 6,
    heldEvents: 2,
    detail: 'Done.',
  };

  test('a transition names the version it was based on, and who did it', async () => {
    replies = [
      { status: 200, body: { version: 5 } },
      { status: 200, body: receipt },
    ];
    const args = [
      'incidents',
      'close',
      'INC-3',
      '--verdict',
      'test',
      '--reason',
      'drill',
      '--to',
      url,
    ];
    const result = await runCli(args, { environment: { USER: 'ada' } });
    expect(result.printed).toBe(
      'INC-3 is closed. Done. 2 events of it were still held and may follow.',
    );
    expect(seen.map((request) => request.path)).toEqual([
      '/v1/incidents/INC-3',
      '/v1/incidents/INC-3/transitions',
    ]);
    expect(seen[1]?.headers['if-match']).toBe('"5"');
    expect(seen[1]?.headers['user-agent']).toMatch(/^eyrie-cli/);
    expect(JSON.parse(seen[1]?.body ?? '')).toEqual({
      to: 'closed',
      verdict: 'test',
      reason: 'drill',
      actor: 'ada',
    });
  });

  test('a state is said once', async () => {
    const state = 'acknowledged';
    const detail = 'The incident is now acknowledged.';
    replies = [{ status: 200, body: { ...receipt, state, detail, heldEvents: 0 } }];
    const args = ['incidents', 'acknowledge', '3', '--if-version', '5', '--to', url];
    expect((await runCli(args)).printed).toBe('INC-3 is acknowledged.');
  });

  test('--state holds beside --all', async () => {
    replies = [{ status: 200, body: { items: [], nextPageToken: null, pending: { held: 0 } } }];
    await runCli(['incidents', 'list', '--all', '--state', 'merged', '--to', url]);
    expect(seen[0]?.path).toContain('state=merged');
  });

  test('--if-version is taken as it is', async () => {
    replies = [{ status: 412, body: { detail: 'It was changed since.' } }];
    const result = await runCli(['incidents', 'resolve', '3', '--if-version', '2', '--to', url]);
    expect(result.code).toBe(EXIT.failed);
    expect(result.noted).toContain('It was changed since.');
    expect(seen).toHaveLength(1);
    expect(seen[0]?.headers['if-match']).toBe('"2"');
  });

  test('a list follows pages up to its limit and speaks of held events', async () => {
    const item = {
      number: 1,
      severity: 'high',
      risk: 70,
      state: 'new',
      title: 'A\u001b[2J title',
      entity: { kind: 'pod', label: 'ns/pod' },
      firstTime: '2026-05-28T20:26:01.000000Z',
      lastTime: '2026-05-28T20:26:02.000000Z',
      eventCount: 2,
      tactics: [],
    };
    const page = (nextPageToken: string | null) => ({
      status: 200,
      body: { items: [item, item], nextPageToken, pending: { held: 4 } },
    });
    replies = [page('tok'), page('more')];
    const args = ['incidents', 'list', '--limit', '4', '--namespace', 'ns', '--to', url];
    const result = await runCli(args);
    expect(seen.map((request) => request.path)).toEqual([
      '/v1/incidents?page_size=4&order_by=-risk&state=open&namespace=ns',
      '/v1/incidents?page_size=2&order_by=-risk&state=open&namespace=ns&page_token=tok',
    ]);
    expect(result.printed).toContain('A\\x1b[2J title');
    expect(result.printed).not.toContain('\u001b');
    expect(result.noted).toContain('There are more');
    expect(result.noted).toContain('4 events are held');
  });

  test('an incident that is not there ends with 1', async () => {
    replies = [{ status: 404, body: { detail: 'no' } }];
    expect((await runCli(['incidents', 'show', '9', '--to', url])).code).toBe(EXIT.failed);
  });
});
