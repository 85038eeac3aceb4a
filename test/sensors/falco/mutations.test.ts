import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Arrival } from '../../../src/model/batch.ts';
import { createSensorsRoom } from '../../../src/sensors/sensors-room.ts';
import { HTTP_ORIGIN, RECEIVED_AT } from '../samples.ts';
import { recordsOf, streamNames } from './stream-samples.ts';

type Json = Record<string, unknown>;

const SAMPLES = streamNames()
  .flatMap((name) => recordsOf(name))
  .map((bytes) => JSON.parse(Buffer.from(bytes).toString()) as Json);

// One room for all: making its table of seen ids takes longer than reading an event.
const room = createSensorsRoom({ faults: new Set(), seenLimits: { idsMax: 1000, forMs: 1000 } });

/** Reads records; that they may have been read before does not count. */
function arrivals(records: readonly object[]): readonly Arrival[] {
  const part = {
    origin: HTTP_ORIGIN,
    receivedAt: RECEIVED_AT,
    records: records.map((record, position) => ({
      bytes: Buffer.from(JSON.stringify(record)),
      position,
    })),
  };
  room.step({ sequence: 1, parts: [] });
  return room.reread({ sequence: 1, parts: [part] }).arrivals;
}

/** What decides whether a record can be used at all. */
const ESSENTIAL = new Set(['rule', 'time']);

const odd: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(null, '', '<NA>', 0, -1, 4, 1e300, 2 ** 63, true, [], {}, [[]], [{}], '[...]'),
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
);

type Mutation = (record: Json) => Json;

const at = (record: Json, index: number): string => {
  const keys = Object.keys(record);
  return keys[index % Math.max(1, keys.length)] ?? '';
};

const fieldsOf = (record: Json): Json =>
  typeof record['output_fields'] === 'object' ? { ...(record['output_fields'] as Json) } : {};

const retyped = fc.tuple(fc.nat(), odd).map(([index, value]): Mutation => (record) => {
  const key = at(record, index);
  return ESSENTIAL.has(key) ? record : { ...record, [key]: value };
});
const dropped = fc.nat().map((index): Mutation => (record) => {
  const key = at(record, index);
  if (key === 'rule') return record;
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));
});
const retypedField = fc.tuple(fc.nat(), odd).map(([index, value]): Mutation => (record) => {
  const fields = fieldsOf(record);
  return { ...record, output_fields: { ...fields, [at(fields, index)]: value } };
});
const droppedField = fc.nat().map((index): Mutation => (record) => {
  const fields = fieldsOf(record);
  const key = at(fields, index);
  const left = Object.entries(fields).filter(([name]) => name !== key);
  return { ...record, output_fields: Object.fromEntries(left) };
});
const nestedField = fc.nat().map((index): Mutation => (record) => {
  const fields = fieldsOf(record);
  const key = at(fields, index);
  return { ...record, output_fields: { ...fields, [key]: { inner: [fields[key]] } } };
});
const namedField = fc
  .tuple(
    fc.constantFrom('__proto__', 'constructor', 'a"b', 'bpf/on', 'lost/ring?read{x]y', '', '.'),
    odd,
  )
  .map(([key, value]): Mutation => (record) => ({
    ...record,
    output_fields: Object.fromEntries([...Object.entries(fieldsOf(record)), [key, value]]),
  }));

const mutation = fc.oneof(retyped, dropped, retypedField, droppedField, nestedField, namedField);

describe('whatever is retyped, dropped or nested in it', () => {
  test('an alert with a rule is kept, and so is a message of Falco about itself', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SAMPLES),
        fc.array(mutation, { minLength: 1, maxLength: 4 }),
        (sample, mutations) => {
          let record = sample;
          for (const mutate of mutations) record = mutate(record);
          const [arrival] = arrivals([record]);
          expect(arrival?.outcome).toBe('accepted');
        },
      ),
      { numRuns: 1500 },
    );
  });

  test('it is flagged where a field was not what it should be', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SAMPLES.filter((sample) => sample['output_fields'] !== undefined)),
        fc.nat(),
        (sample, index) => {
          const [arrival] = arrivals([nest(sample, index)]);
          if (arrival?.outcome !== 'accepted') throw new Error('not accepted');
          expect(arrival.event.flags).toContain('wrong-type');
        },
      ),
      { numRuns: 300 },
    );
  });

  test('records that differ in what can not be used are still two events', () => {
    const [sample = {}] = SAMPLES;
    const wrong = [[], [1], 'x', 5, true].map((fields) => withFields(sample, fields));
    const read = arrivals([...wrong, ...wrong]);
    expect(read.map(({ outcome }) => outcome)).toEqual([
      ...wrong.map(() => 'accepted'),
      ...wrong.map(() => 'duplicate'),
    ]);
  });
});

const withFields = (record: Json, fields: unknown): Json => ({ ...record, output_fields: fields });

/** Some field of the record as an object. */
function nest(record: Json, index: number): Json {
  const fields = fieldsOf(record);
  const key = at(fields, index);
  return { ...record, output_fields: { ...fields, [key]: { inner: fields[key] } } };
}
