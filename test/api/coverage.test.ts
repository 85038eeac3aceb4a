import { describe, expect, test } from 'vitest';
import { EXAMPLE_GAP, SOME_TIME } from './example-data.ts';
import { testApi } from './test-api.ts';

const SHOWN = {
  id: EXAMPLE_GAP.id,
  cluster: 'default',
  node: 'node-1',
  sensor: 'falco',
  reason: 'event-drop',
  from: '2026-05-28T20:25:01.123456Z',
  to: '2026-05-28T20:26:01.123456Z',
  open: false,
  lost: 347_335,
  scope: null,
  sentence: 'Falco lost 347,335 events.',
};

describe('gaps of coverage', () => {
  test('are listed with readable times', async () => {
    const { app, reader } = await testApi();
    const query = 'cluster=default&node=node-1&from=now-1h&to=now&page_size=7&page_token=abc';
    const response = await app.inject(`/v1/coverage?${query}`);
    expect(response.json()).toEqual({ items: [SHOWN], nextPageToken: null });
    const now = SOME_TIME + 5_000_000;
    expect(reader.calls).toEqual([
      {
        name: 'listCoverage',
        args: [
          { clusters: null },
          { cluster: 'default', node: 'node-1', from: now - 3_600_000_000, to: now },
          { size: 7, token: 'abc' },
        ],
      },
    ]);
  });

  test.each([
    ['nodes=a', '/query/nodes'],
    ['from=yesterday', '/query/from'],
    ['from=now&to=now-1h', '/query/to'],
    ['node=a%00b', '/query/node'],
  ])('refuse ?%s and point to the place', async (query, pointer) => {
    const { app, reader } = await testApi();
    const response = await app.inject(`/v1/coverage?${query}`);
    expect(response.statusCode).toBe(400);
    expect(response.json().errors[0].pointer).toBe(pointer);
    expect(reader.calls).toEqual([]);
  });

  test('stand at the incident they concern; none is an empty list', async () => {
    const { app, reader } = await testApi();
    expect((await app.inject('/v1/incidents/INC-12')).json().coverage).toEqual([SHOWN]);
    reader.gaps = [];
    expect((await app.inject('/v1/incidents/INC-12')).json().coverage).toEqual([]);
  });

  test('of the last hour are counted by the status', async () => {
    const { app, reader } = await testApi();
    expect((await app.inject('/v1/status')).json().coverage).toEqual({ gapsLastHour: 1 });
    const call = reader.calls.find(({ name }) => name === 'countCoverage');
    expect(call?.args).toEqual([{ clusters: null }, SOME_TIME + 5_000_000 - 3_600_000_000]);
  });
});
