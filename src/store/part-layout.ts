import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { Micros } from '../model/micros.ts';
import type { Origin } from '../model/origin.ts';
import type { Part, RawRecord, SourcePosition } from '../model/part.ts';

/** What a journal row says of its parts beside the records' bytes. */
export interface PartHeader {
  readonly origin: Origin;
  readonly receivedAt: Micros;
  readonly positions: readonly number[];
  readonly readTo: readonly SourcePosition[] | null;
}

/**
 * One part as five numbers: index of its origin, microseconds since the part before, record count,
 * first position, and the step from each position to the next, or the list of steps if they differ.
 * A sixth entry, if there is one, says how far sources were read.
 */
type PartRow = readonly [
  origin: number,
  receivedAfter: number,
  count: number,
  firstPosition: number,
  step: number | readonly number[],
  readTo?: readonly (readonly [source: string, position: string | null])[],
];

interface PartTable {
  readonly origins: readonly Origin[];
  readonly parts: readonly PartRow[];
}

/** Longer texts are worth compressing: a replay makes hundreds of tiny, alike parts per row. */
const PLAIN_CHARS_MAX = 512;

/** JSON text; origins are written once per row. */
export function encodeParts(parts: readonly Part[]): string {
  const origins: Origin[] = [];
  const indexes = new Map<string, number>();
  const rows: PartRow[] = [];
  let before = 0;
  let lastOrigin: Origin | null = null;
  let origin = 0;
  for (const part of parts) {
    if (part.origin !== lastOrigin) {
      origin = indexOfOrigin(part.origin, origins, indexes);
      lastOrigin = part.origin;
    }
    const { records, receivedAt } = part;
    const first = records[0]?.position ?? 0;
    const row = [origin, receivedAt - before, records.length, first, stepOf(records)] as const;
    rows.push(part.readTo === undefined ? row : [...row, part.readTo.map(pairOf)]);
    before = receivedAt;
  }
  return JSON.stringify({ origins, parts: rows } satisfies PartTable);
}

const pairOf = ({ source, position }: SourcePosition) => [source, position] as const;

function indexOfOrigin(origin: Origin, origins: Origin[], indexes: Map<string, number>): number {
  const text = JSON.stringify(origin);
  const known = indexes.get(text);
  if (known !== undefined) return known;
  indexes.set(text, origins.length);
  origins.push(origin);
  return origins.length - 1;
}

function stepOf(records: readonly RawRecord[]): number | readonly number[] {
  const at = (index: number): number => records[index]?.position ?? 0;
  if (records.length < 2) return 1;
  const step = at(1) - at(0);
  for (let index = 2; index < records.length; index += 1) {
    if (at(index) - at(index - 1) !== step) return allSteps(records);
  }
  return step;
}

function allSteps(records: readonly RawRecord[]): readonly number[] {
  const steps: number[] = [];
  let before = records[0]?.position ?? 0;
  for (const { position } of records.slice(1)) {
    steps.push(position - before);
    before = position;
  }
  return steps;
}

export function decodeParts(text: string): readonly PartHeader[] {
  const table = JSON.parse(text) as PartTable;
  let receivedAt = 0;
  return table.parts.map(([originIndex, receivedAfter, count, first, step, pairs]) => {
    const origin = table.origins[originIndex];
    if (origin === undefined) throw new Error('A part names an origin that its row does not have.');
    receivedAt += receivedAfter;
    const readTo = pairs?.map(([source, position]) => ({ source, position })) ?? null;
    return { origin, receivedAt, positions: positionsOf(count, first, step), readTo };
  });
}

function positionsOf(count: number, first: number, step: PartRow[4]): readonly number[] {
  const positions: number[] = [];
  let position = first;
  for (let index = 0; index < count; index += 1) {
    positions.push(position);
    position += typeof step === 'number' ? step : (step[index] ?? 0);
  }
  return positions;
}

/** As the column holds it: short ones as text, long ones as zstd bytes. */
export const packParts = (text: string): string | Buffer =>
  text.length <= PLAIN_CHARS_MAX ? text : zstdCompressSync(text);

export const unpackParts = (column: string | Buffer): string =>
  typeof column === 'string' ? column : zstdDecompressSync(column).toString('utf8');
