// Files as one stream of the past: merged record by record by event time, clock and ticks included.
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { MICROS_PER_SECOND, type Micros } from '../model/micros.ts';
import type { EventsOrigin } from '../model/origin.ts';
import type { Part, RawRecord } from '../model/part.ts';
import { controlPart, tickPart } from './clock.ts';
import { inflateStream } from './inflate-stream.ts';
import { peekTime } from './peek-time.ts';
import { createRecordSplitter } from './split-records.ts';
import { ReusedStores } from './store-pool.ts';

export interface ReplayFile {
  /** Path, or `-` for standard input. */
  readonly path: string;
  readonly cluster: string;
  readonly latenessMs: number;
}

/** Parts handed over together. */
export interface ReplayGroup {
  readonly parts: readonly Part[];
  /** To be called when the parts are stored: the memory of their records is then used again. */
  release(): void;
}

/**
 * Parts are handed over in groups of about this size. Nobody waits for the answer to a single one,
 * and the larger a batch is, the fewer pages of the database are written more than once.
 */
const GROUP_BYTES = 4 << 20;
const CHUNK_BYTES = 256 * 1024;
/** A record further ahead of its neighbors than this does not move the clock. */
const LONE_AHEAD: Micros = 5 * 60 * MICROS_PER_SECOND;

interface TimedRecord {
  readonly record: RawRecord;
  readonly time: Micros | null;
}

/** Size of all files in bytes; null if one is no regular file. */
export async function totalBytes(paths: readonly string[]): Promise<number | null> {
  let bytes = 0;
  for (const path of paths) {
    if (path === '-') return null;
    const stats = await stat(path);
    if (!stats.isFile()) return null;
    bytes += stats.size;
  }
  return bytes;
}

/** Records read together. */
interface TimedRecords {
  readonly records: readonly TimedRecord[];
  /** Stores whose last records these are. */
  readonly stores: readonly Buffer<ArrayBuffer>[];
}

const NO_RECORDS: TimedRecords = { records: [], stores: [] };

/**
 * The records of one file, in their order, with the event time each seems to have. The last record
 * read waits for the next chunk, so that the neighbor behind a record is always known.
 */
async function* readRecords(path: string, pool: ReusedStores): AsyncGenerator<TimedRecords> {
  const splitter = createRecordSplitter(undefined, pool);
  let position = 0;
  let last: TimedRecord[] = [];
  const timed = (records: readonly Uint8Array[]): TimedRecord[] =>
    records.map((bytes) => ({ record: { bytes, position: position++ }, time: peekTime(bytes) }));
  for await (const chunk of openFile(path)) {
    const records = [...last, ...timed(splitter.push(chunk))];
    last = records.splice(-1);
    if (records.length > 0) yield { records, stores: pool.takeLeft() };
  }
  const rest = [...last, ...timed(splitter.end())];
  if (rest.length > 0) yield { records: rest, stores: pool.takeLeft() };
}

const openFile = (path: string): AsyncIterable<Uint8Array> =>
  inflateStream(path === '-' ? (process.stdin as AsyncIterable<Buffer>) : readChunks(path), path);

/** The splitter copies what it is given, so every chunk is read into the same memory. */
async function* readChunks(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path);
  try {
    const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, null);
      if (bytesRead === 0) return;
      yield chunk.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** Walks one file record by record and always knows the next one. */
class Reader {
  readonly origin: EventsOrigin;
  next: TimedRecord | null = null;
  /** Event time of the next record, or of the newest before it if it has none. */
  nextTime: Micros = 0;
  private readonly pool = new ReusedStores();
  private readonly groups: AsyncGenerator<TimedRecords>;
  private group = NO_RECORDS;
  private index = 0;

  constructor(file: ReplayFile) {
    const partition = file.path === '-' ? 'stdin' : basename(file.path);
    const { cluster, latenessMs } = file;
    this.origin = {
      kind: 'events',
      carrier: 'file',
      partition,
      sensor: 'any',
      cluster,
      latenessMs,
    };
    this.groups = readRecords(file.path, this.pool);
  }

  /** Takes a step without waiting when the group still has one; null asks for `refill`. */
  step(): boolean {
    const entry = this.group.records[this.index];
    if (entry === undefined) return false;
    this.index += 1;
    this.next = entry;
    if (entry.time !== null) this.nextTime = entry.time;
    return true;
  }

  async refill(): Promise<void> {
    const result = await this.groups.next();
    this.group = result.done === true ? NO_RECORDS : result.value;
    this.index = 0;
    if (!this.step()) this.next = null;
  }

  /** Gives back the memory of what was read up to here. */
  releaseRead(): () => void {
    const { pool } = this;
    const { stores } = this.group;
    return () => pool.giveBack(stores);
  }

  /** Time of the record behind the next one, if it is already read. */
  timeBehind(): Micros | null {
    return this.group.records[this.index]?.time ?? null;
  }
}

/** Collects records into parts: a part ends where its file or its second of receipt does. */
class PartBuilder {
  bytes = 0;
  private parts: Part[] = [];
  private releases: (() => void)[] = [];
  private origin: EventsOrigin | null = null;
  private receivedAt: Micros = 0;
  private records: RawRecord[] = [];

  add(record: RawRecord, origin: EventsOrigin, receivedAt: Micros): void {
    if (origin !== this.origin || receivedAt !== this.receivedAt) this.endPart();
    this.origin = origin;
    this.receivedAt = receivedAt;
    this.records.push(record);
    this.bytes += record.bytes.byteLength;
  }

  addTick(receivedAt: Micros, runStartedAt: Micros): void {
    this.endPart();
    this.parts.push(tickPart(receivedAt, runStartedAt));
  }

  addEnd(receivedAt: Micros): void {
    this.endPart();
    this.parts.push(controlPart('clock', { kind: 'end' }, receivedAt));
  }

  /** All records that are views into some memory have been added, here or to an earlier group. */
  addRelease(release: () => void): void {
    this.releases.push(release);
  }

  take(): ReplayGroup {
    this.endPart();
    const { parts, releases } = this;
    this.parts = [];
    this.releases = [];
    this.bytes = 0;
    return { parts, release: () => releases.forEach((release) => release()) };
  }

  private endPart(): void {
    if (this.origin !== null && this.records.length > 0) {
      this.parts.push({ origin: this.origin, receivedAt: this.receivedAt, records: this.records });
    }
    this.records = [];
  }
}

/**
 * Reads files as a replay: groups of parts whose `receivedAt` is the newest event time so far, in
 * whole seconds, with one tick before the first record of each new second and the end of the
 * stream behind the last. Groups are released in the order they come.
 */
export async function* replayParts(files: readonly ReplayFile[]): AsyncGenerator<ReplayGroup> {
  const readers = files.map((file) => new Reader(file));
  for (const reader of readers) await reader.refill();
  const builder = new PartBuilder();
  let second: Micros | null = null;
  let runStartedAt: Micros = 0;
  for (let reader = earliest(readers); reader !== null; reader = earliest(readers)) {
    const { next } = reader;
    if (next === null) break;
    const believed = believedSecond(reader, second);
    if (believed !== null && (second === null || believed > second)) {
      if (second === null) runStartedAt = believed;
      else builder.addTick(believed, runStartedAt);
      second = believed;
    }
    builder.add(next.record, reader.origin, second ?? 0);
    if (!reader.step()) {
      builder.addRelease(reader.releaseRead());
      if (builder.bytes >= GROUP_BYTES) yield builder.take();
      await reader.refill();
    }
  }
  builder.addEnd(second ?? 0);
  yield builder.take();
}

/** The reader whose next record is oldest; the command line decides between equals. */
function earliest(readers: readonly Reader[]): Reader | null {
  let best: Reader | null = null;
  for (const reader of readers) {
    if (reader.next === null) continue;
    if (best === null || reader.nextTime < best.nextTime) best = reader;
  }
  return best;
}

/** Whole second of the next record's time, unless it stands alone far ahead of its neighbors. */
function believedSecond(reader: Reader, newest: Micros | null): Micros | null {
  const time = reader.next?.time ?? null;
  if (time === null) return null;
  const behind = reader.timeBehind();
  const jumpsAhead = newest === null || time > newest + LONE_AHEAD;
  if (jumpsAhead && behind !== null && behind < time - LONE_AHEAD) return null;
  return Math.floor(time / MICROS_PER_SECOND) * MICROS_PER_SECOND;
}
