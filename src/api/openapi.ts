import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import { IngestAnswerBody } from './schemas/ingest.ts';

/** What of the OpenAPI document does not come from the routes' own schemas. */
export function openApiOptions(version: string): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Eyrie',
        version,
        description: 'Falco and Tetragon events in, explained incidents out.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      tags: [
        { name: 'ingest', description: 'Where sensors post.' },
        { name: 'incidents', description: 'What analysts read.' },
        { name: 'actions', description: 'What analysts do.' },
        { name: 'events', description: 'Everything that came in.' },
        { name: 'service', description: 'How Eyrie itself is doing.' },
      ],
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer' },
          secret: { type: 'apiKey', in: 'header', name: 'X-Eyrie-Secret' },
        },
      },
      security: [{ token: [] }, { secret: [] }, {}],
      paths: ingestPaths(),
    },
    refResolver: {
      buildLocalReference: (json, ...rest) =>
        typeof json['$id'] === 'string' ? json['$id'] : `def-${rest[2]}`,
    },
  };
}

type Paths = NonNullable<NonNullable<FastifyDynamicSwaggerOptions['openapi']>['paths']>;

/** The intake reads bytes, not JSON that a schema could check, so it is described by hand. */
function ingestPaths(): Paths {
  const sensor = pathParameter({ type: 'string', enum: ['falco', 'tetragon', 'any'] }, 'sensor');
  const secret = pathParameter({ type: 'string' }, 'secret');
  return {
    '/v1/ingest': { post: ingestOperation('The sensor is told by each record', []) },
    '/v1/ingest/{sensor}': { post: ingestOperation('Events of one sensor', [sensor]) },
    '/v1/ingest/{sensor}/{secret}': {
      post: ingestOperation('For Falco, which can send no header', [sensor, secret]),
    },
  } as unknown as Paths;
}

const pathParameter = (schema: object, name: string) => ({
  name,
  in: 'path',
  required: true,
  schema,
});

function ingestOperation(summary: string, parameters: readonly object[]) {
  const content = { 'application/json': { schema: IngestAnswerBody } };
  return {
    summary,
    tags: ['ingest'],
    parameters,
    requestBody: {
      required: true,
      description: 'One object, an array, JSON texts one after the other, or NDJSON; gzip is read.',
      content: { 'application/json': {}, 'application/x-ndjson': {} },
    },
    responses: {
      200: { description: 'Stored and judged.', content },
      400: { description: 'No record was good.', content },
      401: { description: 'The secret is missing or unknown.' },
      413: { description: 'The body is too large.' },
      503: { description: 'The intake is full; Retry-After says when to come again.' },
    },
  };
}
