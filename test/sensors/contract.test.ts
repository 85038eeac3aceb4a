// One contract for all sensors: schema, reader and samples agree, whatever is sent.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitBody } from '../../src/ingest/split-records.ts';
import { tetragonMember } from '../../src/lib/tetragon-members.ts';
import type { Arrival } from '../../src/model/batch.ts';
import { EVENT_KINDS, type SecurityEvent } from '../../src/model/security-event.ts';
import { createSensorsRoom } from '../../src/sensors/sensors-room.ts';
import { schemaFileOf, unknownFields } from '../conformance/summary.ts';
import { type WireSample, wireSamples } from '../support/wire-samples.ts';
import { HTTP_ORIGIN, RECEIVED_AT } from './samples.ts';

type Json = Readonly<Record<string, unknown>>;

const SCHEMAS = join(import.meta.dirname, '../../schemas');
const SENSOR_SCHEMA = /^(?:falco|tetragon)-.*\.json$/;
/** Schemas of parts that several events have; no event is one of them. */
const PARTS: ReadonlySet<string> = new Set(['tetragon-process.json', 'tetragon-argument.json']);

const schemaFiles = readdirSync(SCHEMAS).filter((file) => SENSOR_SCHEMA.test(file));
const schemas = new Map(
  schemaFiles.map((file) => [
    file,
    JSON.parse(readFileSync(join(SCHEMAS, file), 'utf8')) as Json & { readonly $id: string },
  ]),
);
const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
for (const schema of schemas.values()) ajv.addSchema(schema);

const SAMPLES = wireSamples();

const schemaOf = ({ record }: WireSample): string => schemaFileOf(record, tetragonMember(record));

function validatorOf(file: string): ValidateFunction {
  const validate = ajv.getSchema(schemas.get(file)?.$id ?? '');
  if (validate === undefined) throw new Error(`No schema ${file}`);
  return validate as ValidateFunction;
}

const room = createSensorsRoom({ faults: new Set(), seenLimits: { idsMax: 100, forMs: 1000 } });

/** What bodies hold; nothing was seen before them. */
function read(...bodies: readonly (string | Uint8Array)[]): readonly Arrival[] {
  room.step({ sequence: 1, parts: [] });
  const records = bodies
    .flatMap((body) => splitBody(Buffer.from(body)))
    .map((bytes, position) => ({ bytes, position }));
  const part = { origin: HTTP_ORIGIN, receivedAt: RECEIVED_AT, records };
  return room.reread({ sequence: 1, parts: [part] }).arrivals;
}

function eventOf(arrival: Arrival | undefined): SecurityEvent {
  if (arrival?.outcome !== 'accepted') throw new Error(JSON.stringify(arrival));
  return arrival.event;
}

describe.each(SAMPLES.map((sample) => [sample.name, sample] as const))('%s', (_name, sample) => {
  test('follows its schema', () => {
    const validate = validatorOf(schemaOf(sample));
    validate(sample.record);
    expect(validate.errors ?? []).toEqual([]);
  });

  test('has no field that its schema does not name', () => {
    // Types without a schema of their own, and versions to come, may have any field.
    const isOpen = schemaOf(sample) === 'tetragon-other.json' || sample.name.includes('/future.');
    const unknown = unknownFields(sample.record, tetragonMember(sample.record));
    expect(isOpen ? [] : unknown).toEqual([]);
  });

  test('is accepted with no field of a wrong type', () => {
    const event = eventOf(read(sample.text)[0]);
    expect(event.sensor).toBe(sample.sensor);
    expect(event.flags).not.toContain('wrong-type');
  });

  test('is the same event in other spacing, and a copy when it comes again', () => {
    const [first, again, spaced] = read(
      sample.text,
      sample.text,
      JSON.stringify(sample.record, null, 2),
    );
    expect(again).toMatchObject({ outcome: 'duplicate', event: { id: eventOf(first).id } });
    // Numbers beyond 2^53 do not survive being written again by this test.
    if (JSON.stringify(sample.record) !== sample.text.replaceAll(/, "/g, ',"')) return;
    expect(spaced).toMatchObject({ outcome: 'duplicate', event: { id: eventOf(first).id } });
  });
});

test('no two samples are one event', () => {
  const ids = SAMPLES.map(({ text }) => eventOf(read(text)[0]).id);
  expect(new Set(ids).size).toBe(ids.length);
});

test('there is a sample of every kind of event, and of every schema', () => {
  const kinds = new Set(SAMPLES.map(({ text }) => eventOf(read(text)[0]).kind));
  expect([...kinds].toSorted()).toEqual([...EVENT_KINDS].toSorted());
  const used = new Set(SAMPLES.map(schemaOf));
  expect(schemaFiles.filter((file) => !PARTS.has(file) && !used.has(file))).toEqual([]);
});

test.each(schemaFiles)('%s can be used by others', (file) => {
  const schema = schemas.get(file);
  expect(schema?.$id).toMatch(new RegExp(`/${file}$`));
  expect(schema).toMatchObject({ title: expect.any(String), description: expect.any(String) });
  const properties = (schema?.['properties'] ?? {}) as Readonly<Record<string, Json>>;
  for (const [name, property] of Object.entries(properties)) {
    const told = property['description'] ?? property['$ref'];
    expect(told, `${file}: ${name} has a description`).toBeTypeOf('string');
  }
});

type Path = readonly (string | number)[];

function pathsOf(value: unknown, path: Path): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inner = Object.entries(value).flatMap(([key, child]) =>
    pathsOf(child, [...path, Array.isArray(value) ? Number(key) : key]),
  );
  return path.length === 0 ? inner : [path, ...inner];
}

/** The same record with another value at a path; undefined takes the member out. */
function changed(value: unknown, [key, ...rest]: Path, change: (old: unknown) => unknown): unknown {
  if (key === undefined) return change(value);
  const copy = (
    Array.isArray(value) ? [...(value as unknown[])] : { ...(value as Json) }
  ) as Record<string | number, unknown>;
  copy[key] = changed(copy[key], rest, change);
  return copy;
}

const drop = (): unknown => undefined;
const nest = (old: unknown): unknown => ({ value: [old] });
const cut = (old: unknown): unknown =>
  typeof old === 'string' ? old.slice(0, Math.floor(old.length / 2)) : null;
const CHANGES = [drop, nest, cut] as const;

const change = fc.oneof(
  fc.constantFrom(...CHANGES),
  fc.jsonValue({ maxDepth: 2 }).map((value) => (): unknown => value),
);

describe('a sample with any field dropped, retyped, nested or cut', () => {
  const neighbor = SAMPLES[0]?.text ?? '';
  const places = SAMPLES.map((sample) => ({ sample, paths: pathsOf(sample.record, []) }));

  test('is an answer, never a throw, and its neighbors are kept', () => {
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.nat(), change, ({ sample, paths }, at, alter) => {
        const path = paths[at % paths.length] ?? [];
        const record = changed(sample.record, path, alter);
        const text = JSON.stringify(record);
        const arrivals = read(`${neighbor}\n${text}\n`, neighbor);
        expect(arrivals[0]?.outcome).toBe('accepted');
        expect(arrivals.at(-1)?.outcome).toBe('duplicate');
        expect(arrivals).toHaveLength(3);
        expect(['accepted', 'duplicate', 'rejected']).toContain(arrivals[1]?.outcome);
      }),
      { numRuns: 3_000 },
    );
  });

  test('is kept unless what identifies it is of a wrong type', () => {
    for (const { sample, paths } of places) {
      const members = Object.keys(sample.record);
      for (const path of paths) {
        if (path.length < 3 || !members.includes(String(path[0]))) continue;
        const record = changed(sample.record, path, drop);
        const [arrival] = read(JSON.stringify(record));
        expect(arrival?.outcome, `${sample.name} without ${path.join('/')}`).toBe('accepted');
      }
    }
  });

  test('cut anywhere, is refused and its neighbors are kept', () => {
    fc.assert(
      fc.property(fc.constantFrom(...SAMPLES), fc.nat(), ({ text }, at) => {
        const bytes = Buffer.from(text);
        const head = bytes.subarray(0, 1 + (at % (bytes.length - 2)));
        const arrivals = read(Buffer.concat([head, Buffer.from(`\n${neighbor}\n`)]));
        expect(arrivals.map(({ outcome }) => outcome)).toEqual(['rejected', 'accepted']);
      }),
      { numRuns: 500 },
    );
  });
});
