import type { FastifyInstance } from 'fastify';
import { describe, expect, test } from 'vitest';
import { StoreError } from '../../src/store/store-error.ts';
import { CALM, testApi } from './test-api.ts';

describe('every answer', () => {
  test.each(['/', '/v1/incidents', '/nothing', '/v1/incidents?x=1'])(
    'of %s has the headers that keep browsers from guessing',
    async (url) => {
      const { app } = await testApi();
      const { headers } = await app.inject(url);
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['cache-control']).toBe('no-store');
      expect(headers['content-security-policy']).toContain("default-src 'none'");
    },
  );
});

describe('errors', () => {
  test('of Eyrie itself tell nothing of what happened', async () => {
    const { app, reader } = await testApi();
    reader.listIncidents = async () => {
      throw new Error('SQL of /var/lib/eyrie.sqlite broke at secret-token');
    };
    const response = await app.inject('/v1/incidents');
    expect(response.statusCode).toBe(500);
    expect(response.headers['content-type']).toContain('application/problem+json');
    expect(response.body).not.toMatch(/SQL|sqlite|secret-token/);
    expect(response.json()).toMatchObject({ type: 'urn:eyrie:problem:internal', status: 500 });
  });

  test.each([
    ['bad-page-token', 400],
    ['busy', 503],
    ['closed', 503],
    ['corrupt', 500],
  ] as const)('of the store: %s is %i', async (code, status) => {
    const { app, reader } = await testApi();
    reader.listIncidents = async () => {
      throw new StoreError(code, 'file /var/lib/x');
    };
    const response = await app.inject('/v1/incidents');
    expect(response.statusCode).toBe(status);
    expect(response.body).not.toContain('/var/lib');
  });

  test.each([
    ['no JSON', 'application/json', '{"to":', 400],
    ['a poisoned prototype', 'application/json', '{"__proto__":{"a":1},"to":"closed"}', 400],
    ['a text', 'text/plain', 'closed', 415],
    ['a form', 'application/x-www-form-urlencoded', 'to=closed', 415],
    ['too much', 'application/json', `{"to":"${'x'.repeat(70_000)}"}`, 413],
  ])('of the body: %s', async (...[, type, payload, status]) => {
    const { app, submitted } = await testApi();
    const headers = { 'content-type': type, 'if-match': '"3"' };
    const url = '/v1/incidents/12/transitions';
    const response = await app.inject({ method: 'POST', url, headers, payload });
    expect(response.statusCode).toBe(status);
    expect(response.headers['content-type']).toContain('application/problem+json');
    expect(submitted).toEqual([]);
  });

  test('of unknown paths are problems too and repeat no secret', async () => {
    const { app } = await testApi();
    const response = await app.inject('/v1/ingest/falco/my-secret-value/more');
    expect(response.statusCode).toBe(404);
    expect(response.json().type).toBe('urn:eyrie:problem:not-found');
    expect(response.body).not.toContain('my-secret-value');
  });
});

const openDoor = async (app: FastifyInstance): Promise<void> => {
  app.get('/v1/open-door', () => 'hello');
};

const intake = async (app: FastifyInstance): Promise<void> => {
  app.post('/v1/ingest', { config: { role: 'ingest' } }, () => ({ accepted: 1 }));
};

describe('booting', () => {
  test('fails with a route that does not say who may call it', async () => {
    await expect(testApi({ over: { ingestPlugin: openDoor } })).rejects.toThrow(
      'Route GET /v1/open-door must declare config.role',
    );
  });

  test('puts the routes of the intake beside its own and leaves credentials to them', async () => {
    const yaml = 'tokens:\n  - { name: a, token: a-token-0123456789, role: admin }';
    const { app } = await testApi({ yaml, over: { ingestPlugin: intake } });
    const response = await app.inject({ method: 'POST', url: '/v1/ingest', payload: {} });
    expect(response.json()).toEqual({ accepted: 1 });
  });
});

describe('the service', () => {
  test('shows its ledger, watermark and lanes', async () => {
    const { app } = await testApi();
    const body = (await app.inject('/v1/status')).json();
    expect(body).toMatchObject({
      version: '0.0.0-test',
      events: { received: 10, accepted: 7, duplicate: 1, rejected: 1, skipped: 1, late: 2 },
      watermark: '2026-05-28T20:26:01.123456Z',
      watermarkLagMs: 5000,
      held: { events: 3, bytes: 900 },
      intake: { bytes: 0, bytesMax: 1000 },
      journal: { rows: 4, bytes: 1000, databaseBytes: 65_536 },
      incidents: { new: 1 },
      lastSnapshot: { sequence: 3, time: '2026-05-28T20:26:01.123456Z' },
      lanesTotal: 1,
    });
    expect(body.lanes[0]).toMatchObject({ node: 'node-1', counts: true });
  });

  test('shows followed files, those furthest behind first, of the clusters one may see', async () => {
    const file = {
      path: '/var/log/near.log',
      cluster: 'default',
      position: 10,
      behindBytes: 1,
      lines: 3,
      lastReadAt: CALM.watermark,
      error: null,
    };
    const far = { ...file, path: '/far.log', cluster: 'far', behindBytes: 9, lastReadAt: null };
    const yaml =
      'tokens: [{ name: a, token: a-token-0123456789, role: read, clusters: [default] }]';
    const over = { live: () => ({ ...CALM, files: [file, far] }) };
    const all = (await (await testApi({ over })).app.inject('/v1/status')).json();
    expect(all.files).toMatchObject([
      { path: '/far.log', lastRead: null },
      { path: '/var/log/near.log', lastRead: '2026-05-28T20:26:01.123456Z' },
    ]);
    const limited = await testApi({ yaml, over });
    const headers = { authorization: 'Bearer a-token-0123456789' };
    const some = (await limited.app.inject({ url: '/v1/status', headers })).json();
    expect(some).toMatchObject({ filesTotal: 1, files: [{ path: '/var/log/near.log' }] });
  });

  test('is ready, or says with 503 which check fails', async () => {
    const { app } = await testApi();
    expect((await app.inject('/readyz')).statusCode).toBe(200);
    const checks = [...CALM.checks, { name: 'disk', ok: false, detail: 'It is full.' }];
    const broken = await testApi({ over: { live: () => ({ ...CALM, checks }) } });
    const response = await broken.app.inject('/readyz');
    expect(response.statusCode).toBe(503);
    expect(response.json()).toEqual({ ready: false, checks });
    expect((await broken.app.inject('/livez')).statusCode).toBe(200);
  });

  test('gives its metrics as text', async () => {
    const { app } = await testApi();
    const response = await app.inject('/metrics');
    expect(response.headers['content-type']).toContain('text/plain');
    expect(response.body).toBe('eyrie_up 1\n');
  });

  test('lists events by pod and time, and what was refused', async () => {
    const { app, reader } = await testApi();
    const url = '/v1/events?pod=shop/web-1&node=node-1&container=abcdef012345&from=now-5s';
    expect((await app.inject(url)).json().items[0].id).toBe('e1');
    expect(reader.calls[0]?.args[1]).toMatchObject({
      pod: 'shop/web-1',
      node: 'node-1',
      container: 'abcdef012345',
      to: null,
    });
    const letters = (await app.inject('/v1/dead-letters')).json();
    expect(letters.items[0]).toMatchObject({ code: 'invalid-json', raw: '{"a":' });
  });

  test('wants the namespace of a pod; a UID needs none', async () => {
    const { app } = await testApi();
    const bare = await app.inject('/v1/events?pod=web-1');
    expect(bare.statusCode).toBe(400);
    expect(bare.json().detail).toContain('namespace/name');
    const uid = await app.inject('/v1/events?pod=0b5c1f9e-8c52-4a5e-9d0b-6a1f4a0f9c11');
    expect(uid.statusCode).toBe(200);
  });

  test('names the parameter that is meant', async () => {
    const { app } = await testApi();
    const response = await app.inject('/v1/incidents?limit=5');
    expect(response.statusCode).toBe(400);
    expect(response.json().errors).toEqual([
      { pointer: '/query/limit', detail: 'is not known here; write page_size' },
    ]);
  });

  test('says at / where to post and where to look', async () => {
    const { app } = await testApi();
    const body = (await app.inject('/')).json();
    expect(body.post).toContain('/v1/ingest/falco');
    expect(body.look).toContain('/v1/incidents');
  });

  test('reports each request by its pattern, never by its path', async () => {
    const seen: string[] = [];
    const onRequestDone = (done: { route: string; status: number }) => {
      seen.push(`${done.route} ${done.status}`);
    };
    const { app } = await testApi({ over: { onRequestDone } });
    await app.inject('/v1/incidents/12');
    await app.inject('/v1/no-such-thing/attacker-chosen');
    expect(seen).toEqual(['/v1/incidents/:id 200', 'unmatched 404']);
  });
});
