import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { replayParts } from '../../src/ingest/replay-files.ts';
import type { Part } from '../../src/model/part.ts';

const SECOND = 1_000_000;
const START = Date.UTC(2026, 4, 28, 20, 0, 0) * 1000;

const line = (name: string, seconds: number): string =>
  JSON.stringify({ name, time: new Date(START / 1000 + seconds * 1000).toISOString() });

function writeFiles(...contents: readonly (readonly string[])[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'eyrie-replay-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return contents.map((lines, index) => {
    const path = join(folder, `${index}.ndjson`);
    writeFileSync(path, lines.map((text) => `${text}\n`).join(''));
    return path;
  });
}

test('gzip is known by its bytes, whatever the name; a file that was cut is named', async () => {
  const [path = ''] = writeFiles([]);
  const text = Array.from({ length: 2_000 }, (_value, index) => `${line(`e${index}`, index)}\n`);
  const packed = gzipSync(text.join(''));
  writeFileSync(path, packed);
  const names = namesOf(await partsOf([path]));
  expect(names).toEqual(text.map((_line, index) => `e${index}`));
  writeFileSync(path, packed.subarray(0, 3_000));
  await expect(partsOf([path])).rejects.toMatchObject({ code: 'Z_BUF_ERROR', path });
});

async function partsOf(paths: readonly string[]): Promise<Part[]> {
  const files = paths.map((path) => ({ path, cluster: 'default', latenessMs: 5_000 }));
  const parts: Part[] = [];
  for await (const group of replayParts(files)) parts.push(...group.parts);
  return parts;
}

interface Told {
  readonly kind: string;
  /** Seconds of the receipt since the start. */
  readonly second: number;
}

/** Every record as its name, or as the kind of its control, with the receipt of its part. */
const toldOf = (parts: readonly Part[]): Told[] =>
  parts.flatMap((part) =>
    part.records.map(({ bytes }) => {
      const { name, kind } = JSON.parse(Buffer.from(bytes).toString()) as Record<string, string>;
      return { kind: name ?? kind ?? '', second: (part.receivedAt - START) / SECOND };
    }),
  );

const namesOf = (parts: readonly Part[]): string[] =>
  toldOf(parts)
    .map(({ kind }) => kind)
    .filter((kind) => kind !== 'tick' && kind !== 'end');

test('files are merged record by record, each in its own order, equal times as named', async () => {
  const paths = writeFiles(
    [line('a1', 1), line('a2', 5), line('a3', 3), line('a4', 9)],
    [line('b1', 1), line('b2', 4), line('b3', 6)],
  );
  expect(namesOf(await partsOf(paths))).toEqual(['a1', 'b1', 'b2', 'a2', 'a3', 'b3', 'a4']);
});

test('a record without a time comes right behind the one before it', async () => {
  const paths = writeFiles([line('a1', 1), '{"name":"a2"}', line('a3', 9)], [line('b1', 2)]);
  expect(namesOf(await partsOf(paths))).toEqual(['a1', 'a2', 'b1', 'a3']);
});

test('the receipt is the newest event time so far, in whole seconds', async () => {
  const paths = writeFiles([line('a', 1.7), line('b', 3.2), line('c', 2.9)]);
  const told = toldOf(await partsOf(paths)).filter(({ kind }) => kind !== 'tick');
  expect(told).toEqual([
    { kind: 'a', second: 1 },
    { kind: 'b', second: 3 },
    { kind: 'c', second: 3 },
    { kind: 'end', second: 3 },
  ]);
});

test('one tick stands before the first record of a new second, however long the gap', async () => {
  const paths = writeFiles([line('a', 0), line('b', 0.9), line('c', 1), line('d', 3_000)]);
  expect(toldOf(await partsOf(paths)).map(({ kind }) => kind)).toEqual([
    'a',
    'b',
    'tick',
    'c',
    'tick',
    'd',
    'end',
  ]);
});

test('one record alone far ahead of its neighbors does not move the clock', async () => {
  const paths = writeFiles([line('a', 0), line('odd', 86_400), line('b', 1), line('c', 2)]);
  const told = toldOf(await partsOf(paths)).filter(({ kind }) => kind !== 'tick');
  expect(told.map(({ second }) => second)).toEqual([0, 0, 1, 2, 2]);
});

test('positions count the records of each file', async () => {
  const paths = writeFiles([line('a1', 1), line('a2', 3)], [line('b1', 2)]);
  const records = (await partsOf(paths)).flatMap(({ origin, records: own }) =>
    origin.kind === 'events' ? own.map(({ position }) => [origin.partition, position]) : [],
  );
  expect(records).toEqual([
    ['0.ndjson', 0],
    ['1.ndjson', 0],
    ['0.ndjson', 1],
  ]);
});
