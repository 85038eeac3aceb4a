import { formatTime } from '../../lib/format-time.ts';
import { MICROS_PER_SECOND, type Micros } from '../../model/micros.ts';
import type { ApiContext } from '../context.ts';
import { presentStatus } from '../present-status.ts';
import { identityOf } from '../route-role.ts';
import { ERRORS } from '../schemas/common.ts';
import { ClockBody, IndexBody, LiveBody, ReadyBody, StatusBody } from '../schemas/status.ts';
import type { ApiInstance } from '../typebox-provider.ts';

const STATUS = {
  summary: 'Ledger of events, watermark, lanes, journal and snapshots',
  tags: ['service'],
  response: { 200: StatusBody, ...ERRORS },
};

const LIVE = {
  summary: 'Is the process alive?',
  tags: ['service'],
  response: { 200: LiveBody },
};

const READY = {
  summary: 'May events be sent? 503 with the check that fails if not',
  tags: ['service'],
  response: { 200: ReadyBody, 503: ReadyBody },
};

const METRICS = {
  summary: 'Figures for Prometheus',
  tags: ['service'],
  response: {
    200: {
      description: 'The text format of Prometheus.',
      content: { 'text/plain': { schema: { type: 'string' } } },
    },
  },
};

const RESET = {
  summary: 'Believe a wall clock that was set back; everything held is released',
  tags: ['service'],
  response: { 200: ClockBody, ...ERRORS },
};

const INDEX = {
  summary: 'Where to post and where to look',
  tags: ['service'],
  response: { 200: IndexBody },
};
const DOCUMENT = { summary: 'This description', tags: ['service'] };

/** What `/` names. */
const DOORS = {
  post: ['/v1/ingest/falco', '/v1/ingest/tetragon', '/v1/ingest'],
  look: [
    '/v1/incidents',
    '/v1/events',
    '/v1/coverage',
    '/v1/dead-letters',
    '/v1/status',
    '/v1/doctor',
  ],
  service: ['/livez', '/readyz', '/metrics', '/openapi.json'],
};

const HOUR: Micros = 3_600 * MICROS_PER_SECOND;
const PUBLIC = { role: 'public' as const };

/** How the service itself is doing, and where its doors are. */
export function serviceRoutes(app: ApiInstance, context: ApiContext): void {
  const { reader, version } = context;

  app.route({
    method: 'GET',
    url: '/v1/status',
    config: { role: 'read' },
    schema: STATUS,
    handler: async (request) => {
      const { scope } = identityOf(request);
      const stored = await reader.status(scope);
      const now = context.now();
      const gapsLastHour = await reader.countCoverage(scope, now - HOUR);
      return presentStatus({ version, stored, gapsLastHour, live: context.live(), scope, now });
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/clock/reset',
    config: { role: 'admin' },
    schema: RESET,
    handler: async () => ({ clock: formatTime(await context.resetClock()) }),
  });

  app.route({
    method: 'GET',
    url: '/livez',
    config: PUBLIC,
    schema: LIVE,
    handler: async () => ({ live: true }),
  });

  app.route({
    method: 'GET',
    url: '/readyz',
    config: PUBLIC,
    schema: READY,
    handler: async (_request, reply) => {
      const checks = context.live().checks.map(({ name, ok, detail }) => ({ name, ok, detail }));
      const ready = checks.every((check) => check.ok);
      return reply.code(ready ? 200 : 503).send({ ready, checks });
    },
  });

  app.route({
    method: 'GET',
    url: '/metrics',
    config: PUBLIC,
    schema: METRICS,
    handler: async (_request, reply) =>
      reply.type('text/plain; version=0.0.4; charset=utf-8').send(await context.metrics()),
  });

  app.route({
    method: 'GET',
    url: '/openapi.json',
    config: PUBLIC,
    schema: DOCUMENT,
    handler: async () => app.swagger(),
  });

  app.route({
    method: 'GET',
    url: '/',
    config: PUBLIC,
    schema: INDEX,
    handler: async () => ({
      name: 'eyrie',
      version,
      ...DOORS,
    }),
  });
}
