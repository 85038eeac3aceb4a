import { describe, expect, test } from 'vitest';
import { EXAMPLE_INCIDENT, SOME_ID, exampleFinding, exampleProcess } from './example-data.ts';
import { testApi } from './test-api.ts';

describe('the list of incidents', () => {
  test('shows incidents with readable times and says what is pending', async () => {
    const { app } = await testApi();
    const response = await app.inject('/v1/incidents');
    expect(response.statusCode).toBe(200);
    const body = response.json();
    expect(body.items).toHaveLength(1);
    expect(body.items[0]).toMatchObject({
      id: SOME_ID,
      name: 'INC-12',
      severity: 'critical',
      entity: { kind: 'pod', label: 'shop/web-1' },
      firstTime: '2026-05-28T20:26:01.123456Z',
      createdAt: '2026-05-28T20:26:07.123456Z',
    });
    expect(body.nextPageToken).toBeNull();
    expect(body.pending.held).toBe(3);
    expect(body.pending.note).toContain('3 events are held');
  });

  test('never shows the key of an entity nor raw microseconds', async () => {
    const { app } = await testApi();
    for (const path of ['/v1/incidents', '/v1/incidents/12', '/v1/incidents/12/findings']) {
      const { body } = await app.inject(path);
      expect(body).not.toContain('secret-key');
      expect(body).not.toContain(String(EXAMPLE_INCIDENT.firstTime));
    }
  });

  test('hands filters to the store, open spelled out and relative times resolved', async () => {
    const { app, reader } = await testApi();
    const query =
      'state=open&state=closed&severity=high&severity=low&severity_min=low&namespace=shop' +
      '&from=now-1h&to=2026-05-28T22:26:06.123456%2B02:00&order_by=first_time&page_size=9999';
    const response = await app.inject(`/v1/incidents?${query}`);
    expect(response.statusCode).toBe(200);
    const [scope, filter, page] = reader.calls[0]?.args ?? [];
    expect(scope).toEqual({ clusters: null });
    expect(filter).toEqual({
      states: ['acknowledged', 'closed', 'investigating', 'new', 'on_hold'],
      severityMin: 'low',
      severities: ['low', 'high'],
      namespace: 'shop',
      from: EXAMPLE_INCIDENT.firstTime + 5_000_000 - 3_600_000_000,
      to: EXAMPLE_INCIDENT.firstTime + 5_000_000,
      orderBy: 'first_time',
    });
    expect(page).toEqual({ size: 500, token: null });
  });

  test('asks for the default page, highest risk first, when nothing is said', async () => {
    const { app, reader } = await testApi();
    await app.inject('/v1/incidents');
    expect(reader.calls[0]?.args[1]).toMatchObject({ states: null, orderBy: '-risk' });
    expect(reader.calls[0]?.args[2]).toEqual({ size: 50, token: null });
  });

  test.each([
    ['stat=open', '/query/stat'],
    ['state=opne', '/query/state/0'],
    ['page_size=-1', '/query/page_size'],
    ['page_size=ten', '/query/page_size'],
    ['from=yesterday', '/query/from'],
    ['from=now&to=now-1h', '/query/to'],
    ['from=2026-02-30T00:00:00Z', '/query/from'],
    ['namespace=a&namespace=b', '/query/namespace'],
    ['namespace=a%00b', '/query/namespace'],
    ['page_token=%27%20OR%201=1', '/query/page_token'],
    ['order_by=id;drop', '/query/order_by'],
  ])('refuses ?%s and points to the place', async (query, pointer) => {
    const { app, reader } = await testApi();
    const response = await app.inject(`/v1/incidents?${query}`);
    expect(response.statusCode).toBe(400);
    expect(response.json().errors[0].pointer).toBe(pointer);
    expect(reader.calls).toEqual([]);
  });
});

describe('one incident', () => {
  test.each([SOME_ID, '12', 'INC-12'])('is found as %s, with its version as ETag', async (id) => {
    const { app } = await testApi();
    const response = await app.inject(`/v1/incidents/${id}`);
    expect(response.statusCode).toBe(200);
    expect(response.headers['etag']).toBe('"3"');
    expect(response.json().reasons[0].sentence).toBe('A critical rule matched.');
    expect(response.json().rules[0].rule).toBe('reverse-shell');
  });

  test.each(['timeline', 'findings', 'process-tree', 'audit', 'events'])(
    'has %s, and an unknown one has not',
    async (part) => {
      const { app } = await testApi();
      expect((await app.inject(`/v1/incidents/12/${part}`)).statusCode).toBe(200);
      const unknown = await app.inject(`/v1/incidents/13/${part}`);
      expect(unknown.statusCode).toBe(404);
      expect(unknown.json().type).toBe('urn:eyrie:problem:not-found');
    },
  );

  test('resolves a number before it asks for parts', async () => {
    const { app, reader } = await testApi();
    await app.inject('/v1/incidents/INC-12/findings');
    expect(reader.calls.at(-1)).toEqual({
      name: 'listFindings',
      args: [{ clusters: null }, SOME_ID],
    });
  });

  test('draws its processes nested, with what was found in them', async () => {
    const { app, reader } = await testApi();
    const parent = exampleProcess({ entityId: 'p0', binary: '/usr/sbin/nginx' });
    const process = exampleProcess({ parentEntityId: 'p0' });
    reader.findings = [exampleFinding({ process, ancestors: [parent] })];
    const { roots } = (await app.inject('/v1/incidents/12/process-tree')).json();
    expect(roots).toHaveLength(1);
    expect(roots[0].binary).toBe('/usr/sbin/nginx');
    expect(roots[0].children[0].findings[0]).toMatchObject({ id: 'f1', rule: 'reverse-shell' });
    expect(roots[0].children[0].startTime).toBe('2026-05-28T20:26:01.123456Z');
  });

  test('pages its events and keeps their text verbatim', async () => {
    const { app, reader } = await testApi();
    const response = await app.inject('/v1/incidents/12/events?page_size=7&page_token=abc');
    expect(response.json().items[0].raw).toBe('{"process_exec":{"binary":"/bin/\\u0007sh"}}');
    expect(response.json().nextPageToken).toBe('next');
    expect(reader.calls.at(-1)?.args[2]).toEqual({ size: 7, token: 'abc' });
  });
});

describe('hostile names of incidents', () => {
  const hostile = [
    '%00',
    '12%00',
    "1'%20OR%20'1'='1",
    '..%2f..%2fetc%2fpasswd',
    '%F0%9F%92%A3',
    '__proto__%20',
    'INC-',
    'x'.repeat(400),
    'y'.repeat(5000),
    '%zz',
  ];
  test.each([...hostile.entries()])(
    'number %i gets a problem and reaches no store',
    async (_number, name) => {
      const { app, reader } = await testApi();
      const response = await app.inject(`/v1/incidents/${name}`);
      expect([400, 404, 414]).toContain(response.statusCode);
      expect(response.headers['content-type']).toContain('application/problem+json');
      expect(response.json().status).toBe(response.statusCode);
      expect(reader.calls).toEqual([]);
    },
  );

  test('a name of an object property is only unknown', async () => {
    const { app } = await testApi();
    expect((await app.inject('/v1/incidents/__proto__')).statusCode).toBe(404);
    expect((await app.inject('/v1/incidents/constructor')).statusCode).toBe(404);
  });
});
