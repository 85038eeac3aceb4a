import { describe, expect, test } from 'vitest';
import type { Receipt } from '../../src/model/incident.ts';
import { IntakeClosedError } from '../../src/ingest/intake.ts';
import { SOME_ID } from './example-data.ts';
import { TOKENS, bearer, configWithTokens, doneReceipt, testApi } from './test-api.ts';

const post = (url: string, payload: object, headers: Record<string, string> = {}) => ({
  method: 'POST' as const,
  url,
  payload,
  headers,
});

const TRANSITIONS = '/v1/incidents/INC-12/transitions';

describe('a transition', () => {
  test.each([
    ['acknowledged', 'acknowledge'],
    ['investigating', 'start'],
    ['on_hold', 'hold'],
    ['resolved', 'resolve'],
    ['closed', 'close'],
    ['reopened', 'reopen'],
  ])('to %s submits the action %s and answers from its receipt', async (to, action) => {
    const { app, submitted } = await testApi();
    const payload = { to, verdict: 'false_positive', reason: 'A drill.' };
    const response = await app.inject(post(TRANSITIONS, payload, { 'if-match': '"3"' }));
    expect(response.statusCode).toBe(200);
    expect(response.headers['etag']).toBe('"4"');
    expect(response.json()).toEqual({
      incidentId: SOME_ID,
      number: 12,
      name: 'INC-12',
      state: 'acknowledged',
      version: 4,
      heldEvents: 2,
      detail: 'Acknowledged.',
    });
    expect(submitted).toHaveLength(1);
    expect(submitted[0]).toMatchObject({
      action,
      incidentId: SOME_ID,
      actor: 'local',
      via: 'api',
      verdict: 'false_positive',
      text: 'A drill.',
      ifVersion: 3,
    });
  });

  test('needs If-Match but for acknowledging', async () => {
    const { app, submitted } = await testApi();
    const closing = await app.inject(post(TRANSITIONS, { to: 'closed', verdict: 'test' }));
    expect(closing.statusCode).toBe(428);
    expect(closing.json().type).toBe('urn:eyrie:problem:version-required');
    expect(submitted).toEqual([]);
    const acknowledging = await app.inject(post(TRANSITIONS, { to: 'acknowledged' }));
    expect(acknowledging.statusCode).toBe(200);
    expect(submitted[0]?.ifVersion).toBeNull();
  });

  test.each([
    ['"7"', 7],
    ['7', 7],
    ['W/"7"', 7],
    ['*', null],
  ])('reads If-Match %s', async (header, ifVersion) => {
    const { app, submitted } = await testApi();
    await app.inject(post(TRANSITIONS, { to: 'resolved' }, { 'if-match': header }));
    expect(submitted[0]?.ifVersion).toBe(ifVersion);
  });

  test.each(['"7", "8"', '"seven"', '-1', '"0"', '""'])('refuses If-Match %s', async (header) => {
    const { app, submitted } = await testApi();
    const request = post(TRANSITIONS, { to: 'resolved' }, { 'if-match': header });
    expect((await app.inject(request)).statusCode).toBe(400);
    expect(submitted).toEqual([]);
  });

  test.each([
    ['not-found', 404, 'not-found'],
    ['conflict', 409, 'conflict'],
    ['stale', 412, 'stale-version'],
    ['verdict-missing', 422, 'verdict-missing'],
  ] as const)('turns the receipt %s into %i', async (status, code, type) => {
    const receipt = (action: Parameters<typeof doneReceipt>[0]): Receipt => ({
      ...doneReceipt(action),
      status,
      version: 9,
      state: 'closed',
      detail: 'It is closed.',
    });
    const { app } = await testApi({ receipt });
    const request = post(TRANSITIONS, { to: 'closed' }, { 'if-match': '"3"' });
    const response = await app.inject(request);
    expect(response.statusCode).toBe(code);
    expect(response.json()).toMatchObject({
      type: `urn:eyrie:problem:${type}`,
      detail: 'It is closed.',
      version: 9,
      state: 'closed',
    });
  });

  test('of an unknown incident is submitted to nobody', async () => {
    const { app, submitted } = await testApi();
    const url = '/v1/incidents/99/transitions';
    expect((await app.inject(post(url, { to: 'acknowledged' }))).statusCode).toBe(404);
    expect(submitted).toEqual([]);
  });

  test('carries an id of its own each time', async () => {
    const { app, submitted } = await testApi();
    await app.inject(post(TRANSITIONS, { to: 'acknowledged' }));
    await app.inject(post(TRANSITIONS, { to: 'acknowledged' }));
    expect(new Set(submitted.map((action) => action.id)).size).toBe(2);
  });

  test.each([
    [{ to: 'merged' }, '/body/to'],
    [{ to: 'closed', verdict: 'maybe' }, '/body/verdict'],
    [{ to: 'closed', incidentId: 'other' }, '/body/incidentId'],
    [{}, '/body/to'],
    [{ to: 'resolved', reason: 'a\u0000b' }, '/body/reason'],
    [{ to: 'resolved', actor: 'eve\nroot' }, '/body/actor'],
    [{ to: 'resolved', reason: 'x'.repeat(10_001) }, '/body/reason'],
  ])('refuses the body %#', async (payload, pointer) => {
    const { app, submitted } = await testApi();
    const response = await app.inject(post(TRANSITIONS, payload, { 'if-match': '"3"' }));
    expect(response.statusCode).toBe(400);
    expect(response.json().errors[0].pointer).toBe(pointer);
    expect(submitted).toEqual([]);
  });
});

describe('who did it', () => {
  test('is the token, with the person it names in front', async () => {
    const { app, submitted } = await testApi({ yaml: configWithTokens() });
    const payload = { to: 'acknowledged', actor: 'alice' };
    await app.inject(post(TRANSITIONS, payload, bearer(TOKENS.analyst)));
    expect(submitted[0]?.actor).toBe('alice via analyst');
  });

  test('came through the CLI if its name says so', async () => {
    const { app, submitted } = await testApi();
    const headers = { 'user-agent': 'eyrie-cli/0.1.0' };
    await app.inject(post(TRANSITIONS, { to: 'acknowledged' }, headers));
    expect(submitted[0]?.via).toBe('cli');
  });
});

describe('a note', () => {
  test('is submitted without a version', async () => {
    const { app, submitted } = await testApi();
    const response = await app.inject(post('/v1/incidents/12/notes', { text: 'Seen before.' }));
    expect(response.statusCode).toBe(200);
    expect(submitted[0]).toMatchObject({ action: 'note', text: 'Seen before.', ifVersion: null });
  });

  test.each([{}, { text: '' }, { text: ['a', 'b'] }])(
    'with the body %j is refused',
    async (payload) => {
      const { app } = await testApi();
      expect((await app.inject(post('/v1/incidents/12/notes', payload))).statusCode).toBe(400);
    },
  );
});

const refuseAction = async (): Promise<Receipt> => {
  throw new IntakeClosedError();
};

test('an action that is not taken is answered with 503 and when to come again', async () => {
  const { app } = await testApi({ over: { submitAction: refuseAction } });
  const response = await app.inject(post(TRANSITIONS, { to: 'acknowledged' }));
  expect(response.statusCode).toBe(503);
  expect(response.headers['retry-after']).toBe('2');
});
