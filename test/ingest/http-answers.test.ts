import Fastify, { type FastifyInstance } from 'fastify';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { createReceiptClock } from '../../src/ingest/clock.ts';
import type { Delivery } from '../../src/ingest/delivery.ts';
import { httpIngest } from '../../src/ingest/http.ts';
import { createIntake, type Intake } from '../../src/ingest/intake.ts';
import type { Arrival } from '../../src/model/batch.ts';

const SECRET = 'a-secret-of-a-sensor';
const REFUSED: Arrival = {
  outcome: 'rejected',
  rejection: { code: 'invalid-json', detail: 'The record is no JSON.' },
};
const SKIPPED: Arrival = { outcome: 'skipped', reason: 'log-line' };

interface Door {
  readonly app: FastifyInstance;
  readonly intake: Intake;
  readonly deliveries: Delivery[];
}

/** The door in front of an intake that nobody empties; `settle` plays the commit. */
async function openDoor(intakeBytesMax = 1000, hasSecrets = true): Promise<Door> {
  const intake = createIntake(intakeBytesMax);
  const deliveries: Delivery[] = [];
  intake.deliveries$.subscribe((delivery) => deliveries.push(delivery));
  const app = Fastify();
  onTestFinished(() => app.close());
  await app.register(
    httpIngest({
      intake,
      clock: createReceiptClock(() => 1),
      authorize: (request, pathSecret) => {
        const known = request.headers['x-eyrie-secret'] ?? pathSecret;
        const isKnown = known === SECRET || !hasSecrets;
        return isKnown ? { cluster: 'east', latenessMs: 7, sensor: 'falco' } : null;
      },
      hasSecrets,
      isSecret: (word) => word === SECRET,
      bodyBytesMax: 500,
      waitMs: 5,
      falcoWaitMs: 60,
      onRefused: () => undefined,
    }),
  );
  return { app, intake, deliveries };
}

const post = (app: FastifyInstance, payload: string | Buffer, headers = {}) =>
  app.inject({
    method: 'POST',
    url: '/v1/ingest',
    payload,
    headers: { 'x-eyrie-secret': SECRET, ...headers },
  });

async function delivered({ deliveries }: Door): Promise<Delivery> {
  while (deliveries[0] === undefined) await new Promise(setImmediate);
  return deliveries[0];
}

test('a request is answered when its records are stored, not before', async () => {
  const door = await openDoor();
  let isAnswered = false;
  const response = post(door.app, '{"a":1}\nhello\n').finally(() => (isAnswered = true));
  const delivery = await delivered(door);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(isAnswered).toBe(false);
  expect(delivery.parts[0]?.origin).toMatchObject({ cluster: 'east', latenessMs: 7 });
  delivery.settle({ arrivals: [SKIPPED, REFUSED], receipts: [] });
  const answer = await response;
  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toEqual({
    accepted: 0,
    duplicate: 0,
    skipped: 1,
    rejected: [{ index: 1, code: 'invalid-json', detail: 'The record is no JSON.' }],
  });
});

test('400 says that every record was refused, with the list', async () => {
  const door = await openDoor();
  const response = post(door.app, '{"a":');
  (await delivered(door)).settle({ arrivals: [REFUSED], receipts: [] });
  const answer = await response;
  expect(answer.statusCode).toBe(400);
  expect(answer.json().rejected).toHaveLength(1);
});

test('a full intake is 503 with a time to come back, and nothing was taken', async () => {
  const door = await openDoor(10);
  await door.intake.admit(10, 1);
  const answer = await post(door.app, '{"a":1}');
  expect(answer.statusCode).toBe(503);
  expect(answer.headers['retry-after']).toBe('2');
  expect(door.deliveries).toEqual([]);
});

test('Falco waits longer for room, because it never sends an alert again', async () => {
  const door = await openDoor(10);
  const place = await door.intake.admit(10, 1);
  const response = post(door.app, '{"a":1}', { 'user-agent': 'falcosecurity/falco' });
  setTimeout(() => place?.release(), 20);
  (await delivered(door)).settle({ arrivals: [SKIPPED], receipts: [] });
  expect((await response).statusCode).toBe(200);
});

test('a secret may stand in the path; without one the answer is 401', async () => {
  const door = await openDoor();
  const nobody = await door.app.inject({ method: 'POST', url: '/v1/ingest', payload: '{}' });
  expect(nobody.statusCode).toBe(401);
  const byPath = door.app.inject({
    method: 'POST',
    url: `/v1/ingest/falco/${SECRET}`,
    payload: '{}',
  });
  (await delivered(door)).settle({ arrivals: [SKIPPED], receipts: [] });
  expect((await byPath).statusCode).toBe(200);
});

test.each(['gzip', 'GZIP', 'x-gzip'])('%s is read; past the limit it is 413', async (encoding) => {
  const door = await openDoor();
  const gzip = { 'content-encoding': encoding };
  const response = post(door.app, gzipSync('{"a":1}{"b":2}'), gzip);
  const delivery = await delivered(door);
  expect(delivery.parts[0]?.records).toHaveLength(2);
  delivery.settle({ arrivals: [SKIPPED, SKIPPED], receipts: [] });
  expect((await response).statusCode).toBe(200);
  expect((await post(door.app, gzipSync('x'.repeat(501)), gzip)).statusCode).toBe(413);
});

test('gzip is read without its header too, within the same limit', async () => {
  const door = await openDoor();
  const response = post(door.app, gzipSync(`{"a":1}${' '.repeat(300)}{"b":2}`));
  const delivery = await delivered(door);
  expect(delivery.parts[0]?.records).toHaveLength(2);
  delivery.settle({ arrivals: [SKIPPED, SKIPPED], receipts: [] });
  expect((await response).statusCode).toBe(200);
  expect((await post(door.app, gzipSync('x'.repeat(501)))).statusCode).toBe(413);
});

test('a misspelt sensor is named even where the credential is right', async () => {
  const { app } = await openDoor();
  for (const url of ['/v1/ingest/flaco', `/v1/ingest/flaco/${SECRET}`]) {
    const typo = await app.inject({
      method: 'POST',
      url,
      payload: '{}',
      headers: { 'x-eyrie-secret': SECRET },
    });
    expect(typo.statusCode).toBe(404);
    expect(typo.json().detail).toContain('did you mean /v1/ingest/falco?');
  }
  const other = await app.inject({
    method: 'POST',
    url: '/v1/ingest/my-own-word',
    payload: '{}',
    headers: { 'x-eyrie-secret': SECRET },
  });
  expect(other.statusCode).toBe(404);
  // It may be a secret of somewhere else, so it is not shown to anybody.
  expect(other.payload).not.toContain('my-own-word');
});

test('a secret in the place of the sensor is taken, also beside a header', async () => {
  const door = await openDoor();
  const response = door.app.inject({
    method: 'POST',
    url: `/v1/ingest/${SECRET}`,
    payload: '{}',
    headers: { 'x-eyrie-secret': SECRET },
  });
  (await delivered(door)).settle({ arrivals: [SKIPPED], receipts: [] });
  expect((await response).statusCode).toBe(200);
});

const send = async (app: FastifyInstance, url: string) =>
  app.inject({ method: 'POST', url, payload: '{}' });

test('a word that is no sensor is 404 where it can be no secret', async () => {
  const { app: open } = await openDoor(1000, false);
  const { app: guarded } = await openDoor();
  const typo = await send(open, '/v1/ingest/sysdig');
  expect(typo.statusCode).toBe(404);
  expect(typo.headers['content-type']).toContain('application/problem+json');
  expect(typo.json().detail).toContain('falco, tetragon or any');
  expect((await send(open, '/v1/ingest/sysdig/x')).statusCode).toBe(404);
  expect((await send(guarded, `/v1/ingest/sysdig/${SECRET}`)).statusCode).toBe(404);
  expect((await send(guarded, '/v1/ingest/sysdig')).statusCode).toBe(401);
});
