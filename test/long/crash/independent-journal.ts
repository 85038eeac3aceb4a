// A second reader of the journal's file format. It imports nothing of the product, so a fault that
// writer and reader of the store have in common is seen here.
import { zstdDecompressSync } from 'node:zlib';
import Database from 'better-sqlite3';

export interface IndependentRow {
  readonly sequence: number;
  /** Microseconds of wall time. */
  readonly storedAt: number;
  /** One letter per record: accepted, duplicate, rejected, skipped, control. */
  readonly outcomes: string;
  /** The records as text. */
  readonly records: readonly string[];
  /** Which of them came from a sensor. */
  readonly fromSensor: readonly boolean[];
}

export interface Counts {
  readonly received: number;
  readonly accepted: number;
  readonly duplicate: number;
  readonly rejected: number;
  readonly skipped: number;
}

export interface JournalCount extends Counts {
  readonly rows: number;
  /** Everything that contradicts itself, as sentences. */
  readonly problems: readonly string[];
  /** For each marker found: the rows it is in, and how often it was accepted. */
  readonly markers: ReadonlyMap<string, { readonly rows: IndependentRow[]; accepted: number }>;
}

interface TableRow {
  readonly sequence: number;
  readonly stored_at: number;
  readonly codec: string;
  readonly record_count: number;
  readonly accepted: number | null;
  readonly duplicate: number | null;
  readonly rejected: number | null;
  readonly skipped: number | null;
  readonly controls: number | null;
  readonly outcomes: string | null;
  readonly parts: string | Buffer;
  readonly records: Buffer;
}

const LENGTH_BYTES = 4;

function unpackRecords(row: TableRow): readonly string[] {
  const bytes = row.codec === 'zstd' ? zstdDecompressSync(row.records) : row.records;
  const records: string[] = [];
  let at = 0;
  while (at < bytes.byteLength) {
    const length = bytes.readUInt32LE(at);
    at += LENGTH_BYTES;
    records.push(bytes.toString('utf8', at, at + length));
    at += length;
  }
  return records;
}

interface PartTable {
  readonly origins: readonly { readonly kind: string }[];
  readonly parts: readonly (readonly [origin: number, receivedAfter: number, count: number])[];
}

function unpackSources(row: TableRow): readonly boolean[] {
  const { parts } = row;
  const text = typeof parts === 'string' ? parts : zstdDecompressSync(parts).toString('utf8');
  const table = JSON.parse(text) as PartTable;
  return table.parts.flatMap(([origin, , count]) =>
    Array.from({ length: count }, () => table.origins[origin]?.kind === 'events'),
  );
}

const unpackOutcomes = (runs: string): string =>
  runs.replaceAll(/([a-z])(\d+)/g, (_, letter: string, length: string) =>
    letter.repeat(Number(length)),
  );

function readRow(row: TableRow): IndependentRow {
  return {
    sequence: row.sequence,
    storedAt: row.stored_at,
    outcomes: unpackOutcomes(row.outcomes ?? ''),
    records: unpackRecords(row),
    fromSensor: unpackSources(row),
  };
}

const countLetter = (text: string, letter: string): number => text.split(letter).length - 1;

/** What one row says of itself in columns, run lengths and records must be the same. */
function problemsOf(row: TableRow, read: IndependentRow): readonly string[] {
  const problems: string[] = [];
  const { sequence, outcomes, records, fromSensor } = read;
  const expectEqual = (what: string, left: number, right: number | null): void => {
    if (left !== right) problems.push(`row ${sequence}: ${what}: ${left} is not ${right}`);
  };
  expectEqual('records', records.length, row.record_count);
  expectEqual('records of parts', fromSensor.length, row.record_count);
  expectEqual('outcomes', outcomes.length, row.record_count);
  expectEqual('accepted', countLetter(outcomes, 'a'), row.accepted);
  expectEqual('duplicate', countLetter(outcomes, 'd'), row.duplicate);
  expectEqual('rejected', countLetter(outcomes, 'r'), row.rejected);
  expectEqual('skipped', countLetter(outcomes, 's'), row.skipped);
  expectEqual('controls', countLetter(outcomes, 'c'), row.controls);
  const { accepted, duplicate, rejected, skipped } = row;
  const sum = (accepted ?? 0) + (duplicate ?? 0) + (rejected ?? 0) + (skipped ?? 0);
  expectEqual('received', fromSensor.filter(Boolean).length, sum);
  return problems;
}

/** Counts the whole journal of a database that no server has open. */
export function countJournal(file: string, marker: RegExp): JournalCount {
  const db = new Database(file, { readonly: true });
  const tally = new Tally(marker);
  for (const row of db.prepare('SELECT * FROM journal ORDER BY sequence').iterate()) {
    tally.add(row as TableRow);
  }
  db.close();
  return tally;
}

class Tally implements JournalCount {
  received = 0;
  accepted = 0;
  duplicate = 0;
  rejected = 0;
  skipped = 0;
  rows = 0;
  readonly problems: string[] = [];
  readonly markers = new Map<string, { rows: IndependentRow[]; accepted: number }>();
  private readonly marker: RegExp;
  private last: number | null = null;

  constructor(marker: RegExp) {
    this.marker = marker;
  }

  add(columns: TableRow): void {
    const row = readRow(columns);
    const next = (this.last ?? row.sequence - 1) + 1;
    if (row.sequence !== next) this.problems.push(`there is no row ${next}`);
    this.last = row.sequence;
    this.problems.push(...problemsOf(columns, row));
    this.rows += 1;
    this.received += row.fromSensor.filter(Boolean).length;
    this.accepted += columns.accepted ?? 0;
    this.duplicate += columns.duplicate ?? 0;
    this.rejected += columns.rejected ?? 0;
    this.skipped += columns.skipped ?? 0;
    for (const [index, text] of row.records.entries()) this.note(row, index, text);
  }

  private note(row: IndependentRow, index: number, text: string): void {
    const found = this.marker.exec(text)?.[0];
    if (found === undefined) return;
    const known = this.markers.get(found) ?? { rows: [], accepted: 0 };
    known.rows.push(row);
    if (row.outcomes[index] === 'a') known.accepted += 1;
    this.markers.set(found, known);
  }
}

/** SQLite's own opinion of the file. */
export function checkIntegrity(file: string): string {
  const db = new Database(file, { readonly: true });
  const answer = db.pragma('integrity_check', { simple: true });
  db.close();
  return String(answer);
}
