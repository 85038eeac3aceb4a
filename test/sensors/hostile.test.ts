import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitBody } from '../../src/ingest/split-records.ts';
import type { Arrival } from '../../src/model/batch.ts';
import { REJECTION_CODES } from '../../src/model/rejection.ts';
import { createSensorsRoom } from '../../src/sensors/sensors-room.ts';
import { alert, exec, exit, FILE_ORIGIN, HTTP_ORIGIN, kprobe, RECEIVED_AT } from './samples.ts';

const SAMPLES = [alert(), exec(), exit(), kprobe()].map((sample) => JSON.stringify(sample));
const room = createSensorsRoom({ faults: new Set(), seenLimits: { idsMax: 1000, forMs: 1000 } });

/** Body bytes through splitter and room; the seen ids are left alone. */
function read(body: Uint8Array, origin = HTTP_ORIGIN): readonly Arrival[] {
  const records = splitBody(body).map((bytes, position) => ({ bytes, position }));
  const part = { origin, receivedAt: RECEIVED_AT, records };
  return room.reread({ sequence: 1, parts: [part] }).arrivals;
}

const neighbor = (name: string): string => JSON.stringify(exec({}, { node_name: name }));

/** Nodes of the events that were read, and every rejection with a known code. */
function nodesOf(arrivals: readonly Arrival[]): string[] {
  const nodes: string[] = [];
  for (const arrival of arrivals) {
    if (arrival.outcome === 'rejected') {
      expect(REJECTION_CODES).toContain(arrival.rejection.code);
      expect(arrival.rejection.code).not.toBe('core-fault');
    } else if (arrival.outcome !== 'skipped' && arrival.outcome !== 'control') {
      nodes.push(arrival.event.node);
    }
  }
  return nodes;
}

type Mutation = (bytes: Buffer) => Buffer;

interface Cut {
  readonly at: number;
  readonly length: number;
}

const splice = (bytes: Buffer, { at, length }: Cut, inserted: Uint8Array): Buffer =>
  Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at + length)]);

const HOSTILE_PIECES = [
  '"',
  '\\',
  '{',
  '}',
  '[',
  ']',
  '\n',
  '\r',
  '\0',
  '\0\0{',
  '\n{',
  '\n  {',
  '{"',
  '}{',
  ',',
  'null',
  '1e999',
  '\uFEFF',
  '\ud800',
  '"__proto__":{"x":1},',
  '"constructor":{"prototype":{}},',
  '['.repeat(100),
].map((piece) => Buffer.from(piece));

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(fc.nat(), fc.nat({ max: 20 }), fc.constantFrom(...HOSTILE_PIECES)).map(
    ([at, length, piece]): Mutation =>
      (bytes) =>
        splice(bytes, { at: at % (bytes.length + 1), length }, piece),
  ),
  fc.tuple(fc.nat(), fc.uint8Array({ maxLength: 8 })).map(
    ([at, inserted]): Mutation =>
      (bytes) =>
        splice(bytes, { at: at % (bytes.length + 1), length: inserted.length }, inserted),
  ),
  fc.nat().map(
    (at): Mutation =>
      (bytes) =>
        bytes.subarray(0, at % (bytes.length + 1)),
  ),
);

describe('damaged records', () => {
  test('are never a throw and never take their neighbors along', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SAMPLES),
        fc.array(mutation, { minLength: 1, maxLength: 5 }),
        fc.constantFrom(HTTP_ORIGIN, FILE_ORIGIN),
        (sample, mutations, origin) => {
          let damaged = Buffer.from(sample);
          for (const mutate of mutations) damaged = Buffer.from(mutate(damaged));
          const body = Buffer.concat([
            Buffer.from(`${neighbor('good-before')}\n`),
            damaged,
            Buffer.from(`\n${neighbor('good-behind')}\n${neighbor('good-last')}\n`),
          ]);
          const nodes = nodesOf(read(body, origin));
          expect(nodes).toEqual(
            expect.arrayContaining(['good-before', 'good-behind', 'good-last']),
          );
        },
      ),
      { numRuns: 1500 },
    );
  });

  test('with values of any type in any place are never a throw', () => {
    const samples = [alert(), exec(), exit(), kprobe()];
    fc.assert(
      fc.property(fc.constantFrom(...samples), fc.nat(), fc.jsonValue(), (sample, at, value) => {
        const paths = pathsOf(sample, []);
        const path = paths[at % paths.length] ?? [];
        const changed = structuredClone(sample);
        put(changed, path, value);
        const [arrival] = read(Buffer.from(JSON.stringify(changed)));
        expect(arrival?.outcome).toBeTypeOf('string');
      }),
      { numRuns: 1500 },
    );
  });

  test('any JSON is never a throw', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(nodesOf(read(Buffer.from(text)))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test('any bytes are never a throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(nodesOf(read(bytes))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

const framed = (middle: string | Buffer): Buffer =>
  Buffer.concat([
    Buffer.from(`${neighbor('before')}\n`),
    Buffer.from(middle as string),
    Buffer.from(`\n${neighbor('behind')}`),
  ]);

describe('large and deep', () => {
  const TEN_MIB = 10 * 1024 * 1024;

  test.each([
    ['a long text', 'x'.repeat(TEN_MIB), 'too-large'],
    ['a long string', `{"rule":"${'x'.repeat(TEN_MIB)}"}`, 'too-large'],
    ['NULs', '\0'.repeat(TEN_MIB), 'too-large'],
    ['open brackets', '['.repeat(500_000), 'too-deep'],
    ['balanced brackets', '['.repeat(500_000) + ']'.repeat(500_000), 'too-deep'],
    ['nested objects', `${'{"a":'.repeat(150_000)}1${'}'.repeat(150_000)}`, 'too-deep'],
  ])('%s', (_, middle, code) => {
    const arrivals = read(framed(middle));
    const refused = arrivals[1]?.outcome === 'rejected' ? arrivals[1].rejection.code : null;
    expect([refused, nodesOf(arrivals)]).toEqual([code, ['before', 'behind']]);
  });
});

type Path = readonly (string | number)[];

function pathsOf(value: unknown, path: Path): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inner = Object.entries(value).flatMap(([key, member]) => pathsOf(member, [...path, key]));
  return path.length === 0 ? inner : [path, ...inner];
}

function put(root: object, path: Path, value: unknown): void {
  let target = root as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) target = target[key] as Record<string | number, unknown>;
  target[path.at(-1) ?? ''] = value;
}
