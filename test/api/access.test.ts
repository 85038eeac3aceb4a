import { describe, expect, test } from 'vitest';
import { INGEST_SECRET, TOKENS, bearer, configWithTokens, testApi } from './test-api.ts';

const READ = [
  ['GET', '/v1/incidents'],
  ['GET', '/v1/incidents/12'],
  ['GET', '/v1/incidents/12/timeline'],
  ['GET', '/v1/incidents/12/findings'],
  ['GET', '/v1/incidents/12/process-tree'],
  ['GET', '/v1/incidents/12/audit'],
  ['GET', '/v1/incidents/12/events'],
  ['GET', '/v1/events'],
  ['GET', '/v1/coverage'],
  ['GET', '/v1/dead-letters'],
  ['GET', '/v1/status'],
  ['GET', '/v1/doctor'],
] as const;
const ACT = [
  ['POST', '/v1/incidents/12/transitions'],
  ['POST', '/v1/incidents/12/notes'],
] as const;
const PUBLIC = [
  ['GET', '/'],
  ['GET', '/livez'],
  ['GET', '/readyz'],
  ['GET', '/metrics'],
  ['GET', '/openapi.json'],
] as const;

const ADMIN = [['POST', '/v1/clock/reset']] as const;

type Method = 'GET' | 'POST';
const request = (method: Method, url: string, headers: Record<string, string>) => ({
  method,
  url,
  headers,
  ...(method === 'POST' ? { payload: PAYLOADS[url.split('/').at(-1) ?? ''] ?? {} } : {}),
});

const PAYLOADS: Readonly<Record<string, object>> = {
  notes: { text: 'x' },
  transitions: { to: 'acknowledged' },
};

const WHO = {
  nobody: {},
  'a wrong token': bearer('wrong-token-0123456789'),
  ingest: bearer(TOKENS.ingest),
  'a sensor': { 'x-eyrie-secret': INGEST_SECRET },
  read: bearer(TOKENS.read),
  analyst: bearer(TOKENS.analyst),
  admin: bearer(TOKENS.admin),
} as const;

const EXPECTED = {
  read: { nobody: 401, 'a wrong token': 401, ingest: 403, 'a sensor': 403, read: 200 },
  act: { nobody: 401, 'a wrong token': 401, ingest: 403, 'a sensor': 403, read: 403 },
} as const;

function adminStatus(who: keyof typeof WHO): number {
  if (who === 'admin') return 200;
  return who === 'analyst' ? 403 : EXPECTED.act[who];
}

describe('with tokens, every route and every role', () => {
  test.each(Object.keys(WHO) as (keyof typeof WHO)[])('%s', async (who) => {
    const { app } = await testApi({ yaml: configWithTokens() });
    const seen: Record<string, number> = {};
    const wanted: Record<string, number> = {};
    for (const [method, url] of [...READ, ...ACT, ...ADMIN, ...PUBLIC]) {
      const response = await app.inject(request(method, url, WHO[who]));
      seen[url] = response.statusCode;
      wanted[url] = 200;
    }
    const high = who === 'analyst' || who === 'admin';
    for (const [, url] of READ) wanted[url] = high ? 200 : EXPECTED.read[who];
    for (const [, url] of ACT) wanted[url] = high ? 200 : EXPECTED.act[who];
    for (const [, url] of ADMIN) wanted[url] = adminStatus(who);
    expect(seen).toEqual(wanted);
  });

  test('the table above leaves out no route', async () => {
    const { app } = await testApi();
    const document = (await app.inject('/openapi.json')).json();
    const known = [...READ, ...ACT, ...ADMIN, ...PUBLIC].map(([, url]) =>
      url.replace('/12', '/{id}'),
    );
    const paths = Object.keys(document.paths).filter((path) => !path.startsWith('/v1/ingest'));
    expect(paths.toSorted()).toEqual(known.toSorted());
  });

  test('a missing credential is told how to come, and nothing else', async () => {
    const { app, reader } = await testApi({ yaml: configWithTokens() });
    const response = await app.inject('/v1/incidents/12');
    expect(response.headers['www-authenticate']).toContain('Bearer');
    expect(response.json().type).toBe('urn:eyrie:problem:unauthenticated');
    expect(reader.calls).toEqual([]);
  });

  test('a token in the URL opens nothing but the intake', async () => {
    const { app } = await testApi({ yaml: configWithTokens() });
    const response = await app.inject(`/v1/incidents/12?secret=${TOKENS.admin}`);
    expect(response.statusCode).toBe(401);
    expect(response.body).not.toContain(TOKENS.admin);
  });

  test('a token for one cluster does not learn of incidents of others', async () => {
    const yaml =
      'tokens:\n  - { name: far, token: far-token-0123456789, role: admin, clusters: [far] }';
    const { app, submitted } = await testApi({ yaml });
    const headers = bearer('far-token-0123456789');
    const list = await app.inject({ url: '/v1/incidents', headers });
    expect(list.json().items).toEqual([]);
    const acted = await app.inject(request('POST', '/v1/incidents/12/transitions', headers));
    expect(acted.statusCode).toBe(404);
    expect(submitted).toEqual([]);
    const status = await app.inject({ url: '/v1/status', headers });
    expect(status.json()).toMatchObject({
      lanes: [],
      held: null,
      intake: null,
      releasedEarly: null,
      journal: null,
      lastSnapshot: null,
      coreFaults: null,
      outputsDiffered: null,
      watermark: '2026-05-28T20:26:01.123456Z',
    });
    expect(list.json().pending.held).toBeNull();
  });
});

describe('an Eyrie that is open on loopback', () => {
  test('lets everybody in who is on this machine', async () => {
    const { app, submitted } = await testApi();
    const response = await app.inject(request('POST', '/v1/incidents/12/transitions', {}));
    expect(response.statusCode).toBe(200);
    expect(submitted[0]?.actor).toBe('local');
  });

  test.each([
    ['a foreign host name', { host: 'evil.example' }],
    ['a foreign origin', { host: 'localhost:7780', origin: 'https://evil.example' }],
    ['an opaque origin', { host: 'localhost:7780', origin: 'null' }],
    ['a browser on a foreign page', { host: '127.0.0.1:7780', 'sec-fetch-site': 'cross-site' }],
  ])('refuses %s', async (_what, headers) => {
    const { app, submitted } = await testApi();
    const response = await app.inject(request('POST', '/v1/incidents/12/transitions', headers));
    expect(response.statusCode).toBe(403);
    expect(response.json().type).toBe('urn:eyrie:problem:untrusted-host');
    expect(submitted).toEqual([]);
  });

  test.each(['localhost:7780', '127.0.0.1', '[::1]:7780', 'eyrie.example'])(
    'answers under %s',
    async (host) => {
      const { app } = await testApi({ yaml: 'publicUrl: https://eyrie.example/' });
      const response = await app.inject({ url: '/v1/incidents', headers: { host } });
      expect(response.statusCode).toBe(200);
    },
  );
});
