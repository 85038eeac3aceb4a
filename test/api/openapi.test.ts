import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { createReceiptClock } from '../../src/ingest/clock.ts';
import { httpIngest } from '../../src/ingest/http.ts';
import { createIntake } from '../../src/ingest/intake.ts';
import { testApi } from './test-api.ts';

interface Operation {
  readonly summary?: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly responses?: Readonly<Record<string, { readonly description?: string }>>;
}

const byText = (left = '', right = ''): number => (left < right ? -1 : left > right ? 1 : 0);

/** The place of a path in the document as a JSON pointer in a URI. */
const pointerTo = (path: string): string =>
  `openapi#/paths/${encodeURIComponent(path.replaceAll('~', '~0').replaceAll('/', '~1'))}`;

async function documentOf() {
  const ingestPlugin = httpIngest({
    intake: createIntake(1000),
    clock: createReceiptClock(() => 1),
    authorize: () => null,
    hasSecrets: true,
    isSecret: () => false,
    bodyBytesMax: 1000,
    waitMs: 1,
    falcoWaitMs: 1,
    onRefused: () => undefined,
  });
  const { app } = await testApi({ over: { ingestPlugin } });
  return (await app.inject('/openapi.json')).json();
}

function operationsOf(paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>) {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
}

test('the document is OpenAPI 3.1 of this version', async () => {
  const document = await documentOf();
  expect(document.openapi).toBe('3.1.0');
  expect(document.info.version).toBe('0.0.0-test');
  expect(Object.keys(document.components.securitySchemes)).toEqual(['token', 'secret']);
});

test('every operation has a summary, answers, and declares what its path names', async () => {
  const { paths } = await documentOf();
  const operations = operationsOf(paths);
  expect(operations.length).toBeGreaterThan(18);
  for (const { path, method, operation } of operations) {
    const name = `${method} ${path}`;
    expect(operation.summary, name).toBeTypeOf('string');
    expect(Object.keys(operation.responses ?? {}).length, name).toBeGreaterThan(0);
    for (const answer of Object.values(operation.responses ?? {})) {
      expect(answer.description, name).toBeTypeOf('string');
    }
    const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    const declared = (operation.parameters ?? []).filter((one) => one.in === 'path');
    expect(declared.map((one) => one.name).toSorted(), name).toEqual(named.toSorted(byText));
  }
});

test('every reference leads somewhere', async () => {
  const document = await documentOf();
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)];
  expect(references.length).toBeGreaterThan(0);
  for (const [, pointer = ''] of references) {
    let node: unknown = document;
    for (const key of pointer.split('/')) node = (node as Record<string, unknown>)[key];
    expect(node, pointer).toBeTypeOf('object');
  }
});

test('every schema in it compiles and takes what the API really answers', async () => {
  const { app } = await testApi();
  const document = (await app.inject('/openapi.json')).json();
  const ajv = new Ajv2020({ strict: false });
  ajv.addSchema(document, 'openapi');
  for (const path of Object.keys(document.paths)) {
    const schema = document.paths[path].get?.responses?.['200']?.content?.['application/json'];
    if (schema?.schema === undefined) continue;
    const pointer = `${pointerTo(path)}/get/responses/200/content/application~1json/schema`;
    const validate = ajv.getSchema(pointer);
    expect(validate, pointer).toBeTypeOf('function');
    const answer = (await app.inject(path.replace('{id}', '12'))).json();
    expect(validate?.(answer), `${path}: ${JSON.stringify(validate?.errors)}`).toBe(true);
  }
});

test('the routes of the intake say what they take and what they answer', async () => {
  const document = await documentOf();
  expect(document.servers).toEqual([{ url: '/', description: expect.any(String) as string }]);
  const ends = ['', '/{sensor}', '/{sensor}/{secret}'];
  for (const end of ends) {
    const { post } = document.paths[`/v1/ingest${end}`];
    expect(post.summary).toBeTypeOf('string');
    expect(post.tags).toEqual(['ingest']);
    expect(Object.keys(post.requestBody.content)).toEqual([
      'application/json',
      'application/x-ndjson',
      '*/*',
    ]);
    const statuses = ['200', '400', '401', '404', '413', '415', '503'];
    expect(Object.keys(post.responses)).toEqual(statuses);
    const good = post.responses['200'].content['application/json'].schema;
    expect(good.required).toEqual(['accepted', 'duplicate', 'skipped', 'rejected']);
    expect(Object.keys(post.responses['503'].content)).toEqual(['application/problem+json']);
    expect(post.parameters ?? []).toHaveLength(end === '' ? 0 : end.split('/').length - 1);
  }
});
