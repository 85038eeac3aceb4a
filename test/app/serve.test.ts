// The real server, started as `eyrie serve` starts it, seen only through its doors.
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import type { OpenedStoreWriter } from '../../src/store/writer-client.ts';
import { checkIntegrity, countJournal } from '../long/crash/independent-journal.ts';
import { getJson, type IngestAnswer, postEvents } from '../support/post-events.ts';
import { Author } from '../support/story-author.ts';
import { getStatus, listIncidents, openServer, type TestServer } from './test-server.ts';

const INCIDENT_WITHIN_MS = 10_000;
const YEAR_MS = 365 * 24 * 3_600_000;
const MARKER = /"arguments":"([^"]+)"/;

async function post(
  url: string,
  body: string | Buffer,
  headers: Record<string, string> = {},
): Promise<Pick<IngestAnswer, 'status'> & Record<string, unknown>> {
  const response = await fetch(url, { method: 'POST', body, headers });
  return { status: response.status, ...((await response.json()) as object) };
}

const textOf = (record: Uint8Array): string => Buffer.from(record).toString('utf8');

const pretty = (record: Uint8Array): string =>
  JSON.stringify(JSON.parse(textOf(record)), undefined, 2);

const taken = (accepted: number) => ({ status: 200, accepted, duplicate: 0, rejected: [] });

const isReady = async (url: string): Promise<boolean> =>
  (await fetch(`${url}/readyz`)).status === 200;

async function waitForIncident({ url }: TestServer, title: string): Promise<number> {
  const beganMs = performance.now();
  await vi.waitFor(
    async () => {
      const titles = (await listIncidents(url)).map((incident) => incident.title);
      expect(titles).toContain(title);
    },
    { timeout: INCIDENT_WITHIN_MS, interval: 100 },
  );
  return performance.now() - beganMs;
}

describe.concurrent('bodies', () => {
  test('one alert, a list, lines, gzip and printed prettily are all taken', async (context) => {
    const { url } = await openServer(context);
    const author = new Author(Date.now());
    const events = (): string[] => [1, 2, 3].map((n) => textOf(author.shell(`a${n}`)));
    const ingest = `${url}/v1/ingest`;
    expect(await post(`${ingest}/falco`, textOf(author.alert('one')))).toMatchObject(taken(1));
    expect(await post(ingest, `[${events().join(',')}]`)).toMatchObject(taken(3));
    expect(await post(`${ingest}/tetragon`, events().join('\n'))).toMatchObject(taken(3));
    const headers = { 'content-encoding': 'gzip', 'content-type': 'application/x-ndjson' };
    const packed = gzipSync(events().join('\n'));
    expect(await post(ingest, packed, headers)).toMatchObject(taken(3));
    const shown = [author.shell('b1'), author.shell('b2')].map(pretty).join('\n');
    expect(await post(ingest, shown)).toMatchObject(taken(2));
    expect((await getStatus(url)).events).toMatchObject({ received: 12, accepted: 12, late: 0 });
  });

  test('what is sent again is a duplicate', async (context) => {
    const { url } = await openServer(context);
    const chain = new Author(Date.now()).chain('web');
    expect(await postEvents(url, chain)).toMatchObject({ status: 200, accepted: 3, duplicate: 0 });
    expect(await postEvents(url, chain)).toMatchObject({ status: 200, accepted: 0, duplicate: 3 });
  });

  test('a bad record costs no neighbor; only bad ones are answered with 400 and why', async (context) => {
    const { url } = await openServer(context);
    const good = textOf(new Author(Date.now()).shell('good'));
    const mixed = await post(`${url}/v1/ingest`, `{"a":1}\n${good}\n{"cut":`);
    expect(mixed).toMatchObject({
      status: 200,
      accepted: 1,
      rejected: [
        { index: 0, code: 'unknown-sensor', detail: expect.stringMatching(/\w/) },
        { index: 2, code: 'invalid-json', detail: expect.stringMatching(/\w/) },
      ],
    });
    const bad = await post(`${url}/v1/ingest`, `[{"b":2}, {"a":1}]`);
    expect(bad).toMatchObject({
      status: 400,
      accepted: 0,
      rejected: [
        { index: 0, code: 'unknown-sensor' },
        { index: 1, code: 'unknown-sensor' },
      ],
    });
    expect(await post(`${url}/v1/ingest`, '')).toMatchObject({ status: 400 });
    const notGzip = await post(`${url}/v1/ingest`, 'x', { 'content-encoding': 'gzip' });
    expect(notGzip).toMatchObject({ status: 400 });
    expect((await getStatus(url)).events).toMatchObject({ accepted: 1, rejected: 4 });
  });

  test('an upload that breaks off gives its place back', async (context) => {
    const { url } = await openServer(context, {
      environment: { EYRIE_INGEST_INTAKE_BYTES_MAX: '16MiB' },
    });
    const { port } = new URL(url);
    for (let upload = 0; upload < 4; upload += 1) {
      const socket = connect(Number(port), '127.0.0.1');
      socket.write(
        'POST /v1/ingest HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 16000000\r\n\r\n{"half',
      );
      await vi.waitFor(async () => expect((await getStatus(url)).intake.bytes).toBeGreaterThan(0));
      socket.destroy();
      await vi.waitFor(async () => expect((await getStatus(url)).intake.bytes).toBe(0), 5_000);
    }
    expect(await postEvents(url, [new Author(Date.now()).shell('a')])).toMatchObject({
      status: 200,
    });
  });
});

describe.concurrent('secrets', () => {
  const SECRET = 'a-secret-of-a-sensor';
  const environment = { EYRIE_INGEST_SECRET: SECRET, EYRIE_ADMIN_TOKEN: 'a-token-of-an-admin' };

  test('in a header, the path, the query or as the password of HTTP Basic', async (context) => {
    const { url } = await openServer(context, { environment });
    const author = new Author(Date.now());
    const basic = Buffer.from(`falco:${SECRET}`).toString('base64');
    const ways: readonly (readonly [string, Record<string, string>])[] = [
      ['/v1/ingest/falco', { 'x-eyrie-secret': SECRET }],
      ['/v1/ingest/falco', { authorization: `Bearer ${SECRET}` }],
      ['/v1/ingest/falco', { authorization: `Basic ${basic}` }],
      [`/v1/ingest/falco?secret=${SECRET}`, {}],
      [`/v1/ingest/falco/${SECRET}`, {}],
      [`/v1/ingest/${SECRET}`, {}],
    ];
    for (const [index, [path, headers]] of ways.entries()) {
      const answer = await post(`${url}${path}`, textOf(author.alert(`way-${index}`)), headers);
      expect(answer, path).toMatchObject({ status: 200, accepted: 1 });
    }
  });

  test('none or a wrong one is refused, and nothing is taken', async (context) => {
    const { url } = await openServer(context, { environment });
    const alert = textOf(new Author(Date.now()).alert('a'));
    for (const path of ['/v1/ingest', '/v1/ingest/falco', '/v1/ingest/falco/wrong-secret-0000']) {
      expect(await post(`${url}${path}`, alert), path).toMatchObject({ status: 401 });
    }
    expect((await fetch(`${url}/v1/status`)).status).toBe(401);
    const headers = { authorization: 'Bearer a-token-of-an-admin' };
    const status = await fetch(`${url}/v1/status`, { headers });
    expect(await status.json()).toMatchObject({ events: { received: 0 } });
  });
});

describe.concurrent('stop and start', () => {
  test('a stop answers what came and leaves a snapshot; a start goes on from there', async (context) => {
    const environment = { EYRIE_LATENESS_MS: '2000' };
    const first = await openServer(context, { environment });
    const author = new Author(Date.now());
    const chain = author.chain('web');
    expect(await postEvents(first.url, chain)).toMatchObject({ accepted: 3 });
    const bodies = Array.from({ length: 40 }, (_, index) => [author.shell(`body-${index}`)]);
    const answers = bodies.map((body) => postEvents(first.url, body));
    await answers[3];
    await first.stop();
    expect(await first.done).toBe(0);
    const statuses = await Promise.all(answers);
    const answered = statuses.filter((answer) => answer?.status === 200).length;
    expect(answered).toBeGreaterThanOrEqual(1);
    for (const answer of statuses) expect([200, 503, undefined]).toContain(answer?.status);
    expect(countJournal(first.databaseFile, MARKER).accepted).toBe(3 + answered);

    const second = await openServer(context, { environment, files: first.files });
    const status = await getStatus(second.url);
    expect(status.lastSnapshot?.sequence).toBeGreaterThan(0);
    expect(status.events).toMatchObject({ accepted: 3 + answered });
    expect(status.held.events).toBe(3 + answered);
    expect(await postEvents(second.url, chain)).toMatchObject({ accepted: 0, duplicate: 3 });
    await postEvents(second.url, [...bodies.flat(), author.flush(3_000)]);
    const incidents = await listIncidents(second.url);
    expect(incidents.map(({ title }) => title)).toContain('Token read below a shell in shop/web');
    expect((await getStatus(second.url)).events).toMatchObject({ accepted: 44 });
  });

  test('an upload that never ends does not keep it from stopping', async (context) => {
    const server = await openServer(context);
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.write('POST /v1/ingest HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{"half');
    await vi.waitFor(async () => {
      expect((await getStatus(server.url)).intake.bytes).toBeGreaterThan(0);
    });
    const beganMs = performance.now();
    await server.stop();
    expect(performance.now() - beganMs).toBeLessThan(5_000);
    socket.destroy();
  });

  test('a second server on the same file is refused, the first goes on', async (context) => {
    const first = await openServer(context);
    await expect(openServer(context, { files: first.files })).rejects.toMatchObject({
      name: 'StoreError',
      code: 'locked',
    });
    const event = new Author(Date.now()).shell('a');
    expect(await postEvents(first.url, [event])).toMatchObject({ status: 200, accepted: 1 });
  });
});

describe.concurrent('the idle server', () => {
  test('one fresh alert is an incident within ten seconds', async (context) => {
    const server = await openServer(context);
    const alert = textOf(new Author(Date.now()).alert('web'));
    expect(await post(`${server.url}/v1/ingest/falco`, alert)).toMatchObject({ status: 200 });
    const tookMs = await waitForIncident(server, 'Read sensitive file in shop/web');
    expect(tookMs).toBeLessThan(INCIDENT_WITHIN_MS);
  });

  test('a chain of last year is found, correlated', async (context) => {
    const server = await openServer(context);
    const log = new Author(Date.now() - YEAR_MS).chain('old');
    expect(await postEvents(server.url, log)).toMatchObject({ accepted: 3 });
    await waitForIncident(server, 'Token read below a shell in shop/old');
  });

  test('also while other nodes are live', async (context) => {
    const server = await openServer(context);
    const author = new Author(Date.now());
    const live = { on: true };
    const sending = (async () => {
      for (let count = 0; live.on; count += 1) {
        const events = new Author(Date.now()).chain(`live-${count % 5}`);
        await postEvents(server.url, [...events, author.alert('live')]);
        await sleep(200);
      }
    })();
    await sleep(1_500);
    const log = new Author(Date.now() - YEAR_MS, 'node-old').chain('old');
    expect(await postEvents(server.url, log)).toMatchObject({ accepted: 3 });
    await waitForIncident(server, 'Token read below a shell in shop/old');
    live.on = false;
    await sending;
    const found = (await listIncidents(server.url)).filter(({ title }) => title.includes('old'));
    expect(found).toMatchObject([{ severity: 'critical' }]);
  });
});

describe.concurrent('a full disk', () => {
  const SMALL = 1;
  const LARGE = 1 << 20;
  test('stops the intake loudly; reads go on, and with space again nothing was lost', async (context) => {
    const writers: OpenedStoreWriter[] = [];
    const server = await openServer(context, {
      testing: {
        wrapWriter: (opened) => {
          writers.push(opened as OpenedStoreWriter);
          return opened;
        },
      },
    });
    const { url } = server;
    const author = new Author(Date.now());
    let sent = 0;
    const sendLarge = (): Promise<IngestAnswer | null> => {
      sent += 1;
      return postEvents(url, [
        author.shell(`large-${sent}-${randomBytes(40_000).toString('hex')}`),
      ]);
    };
    expect(await sendLarge()).toMatchObject({ status: 200, accepted: 1 });
    await writers[0]?.setMaxPageCount(SMALL);

    const waiting: Promise<IngestAnswer | null>[] = [];
    await vi.waitFor(
      async () => {
        waiting.push(sendLarge());
        await sleep(20);
        expect(await isReady(url)).toBe(false);
      },
      { timeout: 5_000 },
    );
    const ready = await fetch(`${url}/readyz`);
    expect(await ready.json()).toMatchObject({
      ready: false,
      checks: expect.arrayContaining([expect.objectContaining({ name: 'store', ok: false })]),
    });
    const refused = await fetch(`${url}/v1/ingest`, {
      method: 'POST',
      body: textOf(author.shell('refused')),
    });
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await getStatus(url)).events['accepted']).toBeGreaterThanOrEqual(1);
    expect(await getJson(`${url}/v1/incidents`)).toHaveProperty('items');

    await writers[0]?.setMaxPageCount(LARGE);
    await vi.waitFor(async () => expect(await isReady(url)).toBe(true), { timeout: 9_000 });
    const answers = await Promise.all(waiting);
    const stored = answers.filter((answer) => answer?.status === 200).length;
    for (const answer of answers) expect([200, 503]).toContain(answer?.status);
    expect(stored).toBeGreaterThanOrEqual(1);
    expect(await sendLarge()).toMatchObject({ status: 200, accepted: 1 });
    await server.stop();
    const count = countJournal(server.databaseFile, MARKER);
    expect(count.problems).toEqual([]);
    expect(count).toMatchObject({ accepted: stored + 2, duplicate: 0, rejected: 0 });
    expect(checkIntegrity(server.databaseFile)).toBe('ok');
  });
});
