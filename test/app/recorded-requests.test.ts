// What Falco's http_output sends, byte for byte over one connection, each after the answer before.
import { existsSync, readFileSync } from 'node:fs';
import { expect, type TestContext, test } from 'vitest';
import type { IngestAnswer } from '../support/post-events.ts';
import { Author } from '../support/story-author.ts';
import { openRawConnection, splitRecording } from './raw-connection.ts';
import { getStatus, openServer } from './test-server.ts';

const RECORDING = '../shared/data/events/live/http-requests.txt';
/** The aim on an idle server; a busy machine is given more before the test fails. */
const AIM_MS = 50;
const SLOWEST_MS_MAX = 1_500;
const TEXT_ONLY = 'json_output=false';

interface Sent {
  readonly title: string;
  readonly status: number;
  readonly answer: IngestAnswer;
  readonly tookMs: number;
}

interface TitledRequest {
  readonly title: string;
  readonly request: Buffer;
}

async function sendAll(url: string, requests: readonly TitledRequest[]): Promise<Sent[]> {
  const connection = await openRawConnection(url);
  const sent: Sent[] = [];
  for (const { title, request } of requests) {
    const beganMs = performance.now();
    const { status, body } = await connection.send(request);
    const answer = JSON.parse(body) as IngestAnswer;
    sent.push({ title, status, answer, tookMs: performance.now() - beganMs });
  }
  connection.close();
  return sent;
}

function expectClearAnswers(sent: readonly Sent[]): void {
  for (const { title, status, answer } of sent) {
    const codes = answer.rejected.map(({ code }) => code);
    const expected = title.startsWith(TEXT_ONLY) ? [400, ['not-json']] : [200, []];
    expect([status, [...new Set(codes)]], `${title}: ${JSON.stringify(answer)}`).toEqual(expected);
  }
}

function expectQuickAnswers(sent: readonly Sent[]): void {
  const times = sent.map(({ tookMs }) => tookMs).toSorted((a, b) => a - b);
  const [median = 0, slowest = 0] = [times[times.length >> 1], times.at(-1)];
  console.log(
    `${sent.length} requests one at a time: median ${median.toFixed(1)} ms, slowest ${slowest.toFixed(1)} ms`,
  );
  expect(median).toBeLessThan(AIM_MS);
  expect(slowest).toBeLessThan(SLOWEST_MS_MAX);
}

/** libcurl sends a body again on a new connection if the one it had was closed under it. */
async function expectFolded(url: string, requests: readonly TitledRequest[]): Promise<void> {
  const alerts = requests.filter(({ title }) => !title.startsWith(TEXT_ONLY));
  const before = (await getStatus(url)).events['accepted'];
  for (const request of [alerts[0], alerts[1], alerts.at(-1)]) {
    const [resent] = await sendAll(url, request === undefined ? [] : [request]);
    expect(resent).toMatchObject({ status: 200, answer: { accepted: 0, duplicate: 1 } });
  }
  expect((await getStatus(url)).events['accepted']).toBe(before);
}

async function checkRequests(context: TestContext, requests: readonly TitledRequest[]) {
  const { url } = await openServer(context);
  const sent = await sendAll(url, requests);
  expectClearAnswers(sent);
  expectQuickAnswers(sent);
  await expectFolded(url, requests);
  return (await getStatus(url)).events;
}

test('each request of a recording is taken or clearly refused, and quickly', async (context) => {
  if (!existsSync(RECORDING)) context.skip(`${RECORDING} is not there`);
  const requests = splitRecording(readFileSync(RECORDING));
  expect(requests.length).toBeGreaterThan(70);
  const events = await checkRequests(context, requests);
  expect(events['accepted']).toBeGreaterThan(50);
});

/** Headers beside those that are always there, as Falco's settings add them. */
const SETTINGS: readonly (readonly [string, readonly string[]])[] = [
  ['default', ['Content-Type: application/json']],
  ['compress_uploads', ['Connection: TE', 'TE: gzip', 'Content-Type: application/json']],
  ['user and password', ['Authorization: Basic bm9kZS1hOng=', 'Content-Type: application/json']],
  [TEXT_ONLY, ['Content-Type: text/plain']],
];

/** Whoever sets up Falco chooses the path. */
const PATHS = ['/v1/ingest/falco?from=node-a', '/falco', '/v1/falco?token=abc'] as const;

function requestOf(headers: readonly string[], body: Uint8Array, round: number): Buffer {
  const head = [
    `POST ${PATHS[round % PATHS.length] ?? ''} HTTP/1.1`,
    'Host: 127.0.0.1:8080',
    'User-Agent: falcosecurity/falco',
    'Accept: */*',
    ...headers,
    `Content-Length: ${body.length}`,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
}

test('so is each request as Falco puts it under its settings', async (context) => {
  const author = new Author(Date.now());
  const requests = Array.from({ length: 15 }, (_, round) =>
    SETTINGS.map(([title, headers]) => {
      const text = `20:26:03.12345678${round % 10}: Warning A shell (user=root n=${round})`;
      const body = title === TEXT_ONLY ? Buffer.from(text) : author.alert(`${title} ${round}`);
      return { title, request: requestOf(headers, body, round) };
    }),
  ).flat();
  const events = await checkRequests(context, requests);
  expect(events).toMatchObject({ accepted: 45, duplicate: 3, rejected: 15 });
});
