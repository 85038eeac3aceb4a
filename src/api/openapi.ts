import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';

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
      servers: [{ url: '/', description: 'The Eyrie that this document comes from.' }],
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
    },
    refResolver: {
      buildLocalReference: (json, ...rest) =>
        typeof json['$id'] === 'string' ? json['$id'] : `def-${rest[2]}`,
    },
  };
}
