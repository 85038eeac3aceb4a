// Reads sensor events file by file, as the ingest doors would, and judges what became of them.
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { LIMITS } from '../../src/config/limits.ts';
import { inflateGzip, isGzip } from '../../src/ingest/inflate.ts';
import { splitBody } from '../../src/ingest/split-records.ts';
import type { Arrival } from '../../src/model/batch.ts';
import { MICROS_PER_MS } from '../../src/model/micros.ts';
import { REJECTION_CODES } from '../../src/model/rejection.ts';
import { createSensorsRoom } from '../../src/sensors/sensors-room.ts';
import { type OpenedEvent, openRecord } from '../../src/sensors/unwrap/open-record.ts';

/** What became of the records of one file. */
export interface FileResult {
  /** Relative to the folder that was asked for. */
  readonly file: string;
  readonly accepted: number;
  readonly duplicate: number;
  readonly skipped: number;
  readonly rejected: number;
  /** How often each code was given. */
  readonly codes: ReadonlyMap<string, number>;
  /** The accepted events, as they were taken out of what carried them. */
  readonly events: readonly OpenedEvent[];
  /** Empty if the file passes. */
  readonly faults: readonly string[];
}

type Count = 'accepted' | 'duplicate' | 'rejected' | 'skipped';
/** A number, or the least and the greatest that will do. */
type Expectation = number | readonly [number, number];
type Expected = Readonly<Record<string, Partial<Readonly<Record<Count, Expectation>>>>>;

const COUNTS: readonly Count[] = ['accepted', 'duplicate', 'rejected', 'skipped'];
const EXPECTED_FILE = 'EXPECTED.json';
/** Pages about the files, and what belongs to no sensor. */
const NO_EVENTS = new Set([EXPECTED_FILE, 'README.md', 'SOURCES.md', 'LICENSE']);
/** Faults that an input can have; `core-fault` is ours. */
const INPUT_CODES: ReadonlySet<string> = new Set(
  REJECTION_CODES.filter((code) => code !== 'core-fault'),
);
const INFLATED_BYTES_MAX = 1024 * 1024 * 1024;

/** Every file under a path with what became of it, in the order of names. */
export async function judgeEvents(path: string): Promise<FileResult[]> {
  const isFolder = (await stat(path)).isDirectory();
  const root = isFolder ? path : dirname(path);
  const files = isFolder ? await listFiles(path) : [path];
  const results: FileResult[] = [];
  for (const file of files) results.push(await judgeFile(root, file));
  if (isFolder) results.push(...(await absentFiles(root, files)));
  return results;
}

/** What is expected of files that are not there: a suite that shrinks must not pass in silence. */
async function absentFiles(root: string, files: readonly string[]): Promise<FileResult[]> {
  const folders = new Set([root, ...files.map((file) => dirname(file))]);
  const present = new Set(files);
  const absent: FileResult[] = [];
  for (const folder of folders) {
    const source = join(folder, EXPECTED_FILE);
    if (!existsSync(source)) continue;
    const expected = JSON.parse(await readFile(source, 'utf8')) as Expected;
    for (const path of Object.keys(expected).map((name) => join(folder, name))) {
      if (present.has(path)) continue;
      const fault = `${relative(root, source)} expects it, but there is no such file`;
      absent.push({ file: relative(root, path), ...nothing(), faults: [fault] });
    }
  }
  return absent;
}

const nothing = () => ({
  accepted: 0,
  duplicate: 0,
  skipped: 0,
  rejected: 0,
  codes: new Map(),
  events: [],
});

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !NO_EVENTS.has(entry.name) && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

async function judgeFile(root: string, path: string): Promise<FileResult> {
  const file = relative(root, path);
  try {
    const bytes = await readEvents(path);
    const records = splitBody(bytes);
    const arrivals = readRecords(records, basename(path));
    const counted = count(arrivals);
    const expected = await readExpected(root, path);
    const faults = [...codeFaults(counted.codes), ...expected(counted)];
    return { file, ...counted, events: openAccepted(records, arrivals), faults };
  } catch (error) {
    return { file, ...nothing(), faults: [error instanceof Error ? error.message : String(error)] };
  }
}

async function readEvents(path: string): Promise<Uint8Array> {
  const bytes = await readFile(path);
  if (!isGzip(bytes)) return bytes;
  const inflated = await inflateGzip(bytes, INFLATED_BYTES_MAX);
  if (!inflated.ok) throw new Error(inflated.detail);
  return inflated.bytes;
}

function readRecords(bytes: readonly Uint8Array[], partition: string): readonly Arrival[] {
  const room = createSensorsRoom({ faults: new Set() });
  const origin = {
    kind: 'events' as const,
    carrier: 'file' as const,
    partition,
    sensor: 'any' as const,
    cluster: 'default',
    latenessMs: LIMITS.latenessMs,
  };
  const records = bytes.map((record, position) => ({ bytes: record, position }));
  const receivedAt = Date.now() * MICROS_PER_MS;
  return room.step({ sequence: 1, parts: [{ origin, receivedAt, records }] }).arrivals;
}

function openAccepted(
  records: readonly Uint8Array[],
  arrivals: readonly Arrival[],
): readonly OpenedEvent[] {
  return records.flatMap((bytes, index) => {
    if (arrivals[index]?.outcome !== 'accepted') return [];
    const opened = openRecord(bytes);
    return opened.kind === 'event' ? [opened] : [];
  });
}

type Counted = Record<Count, number> & { readonly codes: Map<string, number> };

function count(arrivals: readonly Arrival[]): Counted {
  const counted: Counted = {
    accepted: 0,
    duplicate: 0,
    rejected: 0,
    skipped: 0,
    codes: new Map(),
  };
  for (const arrival of arrivals) {
    if (arrival.outcome === 'control') continue;
    counted[arrival.outcome] += 1;
    if (arrival.outcome !== 'rejected') continue;
    const { code } = arrival.rejection;
    counted.codes.set(code, (counted.codes.get(code) ?? 0) + 1);
  }
  return counted;
}

/** A code that no input may cause, or that nobody knows, is a fault of ours. */
function codeFaults(codes: ReadonlyMap<string, number>): string[] {
  return [...codes.keys()]
    .filter((code) => !INPUT_CODES.has(code))
    .map((code) => `rejected with ${code}`);
}

/** What the folder of the file, or the one that was asked for, expects of it. */
async function readExpected(
  root: string,
  path: string,
): Promise<(counted: Counted) => readonly string[]> {
  for (const folder of [dirname(path), root]) {
    const source = join(folder, EXPECTED_FILE);
    if (!existsSync(source)) continue;
    const expected = JSON.parse(await readFile(source, 'utf8')) as Expected;
    const entry = expected[relative(folder, path)];
    if (entry !== undefined) {
      return (counted) => COUNTS.flatMap((name) => missed(name, counted[name], entry[name]));
    }
  }
  return () => [];
}

function missed(name: Count, actual: number, expected: Expectation | undefined): string[] {
  if (expected === undefined) return [];
  const [least, most] = typeof expected === 'number' ? [expected, expected] : expected;
  if (actual >= least && actual <= most) return [];
  const wanted = least === most ? String(least) : `${String(least)} to ${String(most)}`;
  return [`${name}: ${String(actual)} instead of ${wanted}`];
}
