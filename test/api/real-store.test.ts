// The API over the store itself: what the fake reader can not show is what SQL makes of hostile text.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStoreReader, openStoreWriter } from '../../src/store/open-store.ts';
import type { StoreReader } from '../../src/store/ports.ts';
import { testApi } from './test-api.ts';

const directory = mkdtempSync(join(tmpdir(), 'eyrie-api-store-'));
let reader: StoreReader;

beforeAll(async () => {
  const file = join(directory, 'eyrie.sqlite');
  const writer = await openStoreWriter({ file, durability: 'os' });
  await writer.close();
  reader = await openStoreReader(file);
});

afterAll(async () => {
  await reader.close();
  rmSync(directory, { recursive: true });
});

const HOSTILE = [
  "'; DROP TABLE incident; --",
  '" OR 1=1 --',
  '%',
  '_',
  '\\',
  '*',
  'NEAR(',
  '/',
  '//',
  'a/b/c',
  '\u202e\u0001',
  '💣'.repeat(50),
  'x'.repeat(512),
];

describe('hostile filters find nothing and break nothing', () => {
  test.each([...HOSTILE.entries()])('number %i', async (_number, text) => {
    const { app } = await testApi({ over: { reader } });
    const value = encodeURIComponent(text);
    for (const url of [
      `/v1/events?pod=${value}`,
      `/v1/events?node=${value}&from=now-1h`,
      `/v1/events?container=${value}`,
      `/v1/incidents?namespace=${value}`,
      `/v1/coverage?node=${value}`,
      `/v1/coverage?cluster=${value}&to=now`,
    ]) {
      const response = await app.inject(url);
      expect(response.statusCode, url).toBe(200);
      expect(response.json().items, url).toEqual([]);
    }
  });

  test.each(['0', '9'.repeat(40), 'INC-0', 'INC-999999999999999', 'constructor', 'a'.repeat(64)])(
    'the incident %s is unknown',
    async (id) => {
      const { app } = await testApi({ over: { reader } });
      expect((await app.inject(`/v1/incidents/${id}`)).statusCode).toBe(404);
    },
  );

  test.each(['abc', 'WyIiXQ', 'bnVsbA', Buffer.from('["x",{}]').toString('base64url')])(
    'the page token %s is refused by name',
    async (token) => {
      const { app } = await testApi({ over: { reader } });
      for (const path of ['/v1/incidents', '/v1/events', '/v1/coverage', '/v1/dead-letters']) {
        const response = await app.inject(`${path}?page_token=${token}`);
        expect(response.statusCode, path).toBe(400);
        expect(response.json().type).toBe('urn:eyrie:problem:invalid-page-token');
      }
    },
  );
});

test('an empty database has an empty ledger', async () => {
  const { app } = await testApi({ over: { reader } });
  const body = (await app.inject('/v1/status')).json();
  expect(body.events.received).toBe(0);
  expect(body.lastSnapshot).toBeNull();
});
