// Follows one path: reads what its files gain, oldest first, and goes on when they are rotated.
import { stat } from 'node:fs/promises';
import type { Logger } from '../telemetry/log.ts';
import { isDamage } from './follow-content.ts';
import type { Feed } from './follow-feed.ts';
import type { PathHistory } from './follow-history.ts';
import type { KnownFile } from './follow-position.ts';
import { openReading, type Reading } from './follow-reading.ts';
import { idOf } from './follow-siblings.ts';
import type { FileLoss, FollowedFile, FollowTarget, FollowTiming } from './follow-target.ts';
import { IntakeClosedError } from './intake.ts';

export interface FollowPathOptions {
  readonly path: string;
  readonly target: FollowTarget;
  /** The inode it has before anybody looks closer; null if there is no file. */
  readonly id: string | null;
  /** Where the path led when following began. */
  readonly realPath: string;
  readonly history: PathHistory;
  readonly feed: Feed;
  readonly timing: FollowTiming;
  /** Milliseconds between two looks at a file that gains nothing. */
  readonly pollMs: () => number;
  readonly log: Logger;
  readonly onLoss: (loss: FileLoss) => void;
  /** Runs work when it is this path's turn, so that not all files are read at once. */
  readonly inTurn: <Result>(work: () => Promise<Result>) => Promise<Result>;
}

/** What a look at one file says of those behind it. */
type Verdict = 'more' | 'wait' | 'next';

/** Chunks read in one turn. */
const CHUNKS_PER_TURN = 16;
/** A packed file that can not be unpacked may still be being written; after so many looks it is. */
const DAMAGED_LOOKS = 5;
const ERROR_PAUSE_MS = 1_000;

export class PathFollower {
  readonly path: string;
  readonly target: FollowTarget;
  readonly realPath: string;
  private readonly options: FollowPathOptions;
  private readonly readings = new Map<KnownFile, Reading>();
  private readonly quietSince = new Map<KnownFile, number>();
  private readonly damagedLooks = new Map<KnownFile, number>();
  private readonly stopping = new AbortController();
  private readonly ended: Promise<void>;
  private lines: number;
  /** Inode and size of what has the path; undefined before the first look. */
  private targetId: string | null | undefined = undefined;
  private targetSize = 0;
  private absentSince: number | null = null;
  /** What was thought to be there is not. */
  private stale = false;
  private error: string | null = null;

  constructor(options: FollowPathOptions) {
    this.options = options;
    this.path = options.path;
    this.target = options.target;
    this.realPath = options.realPath;
    this.lines = options.history.lines;
    this.ended = this.run();
  }

  /** Only what is open counts: a stored inode may belong to another file by now. */
  isReading(id: string | null): boolean {
    if (id === null) return false;
    if (id === (this.targetId === undefined ? this.options.id : this.targetId)) return true;
    return [...this.readings.keys()].some((file) => file.id === id);
  }

  /** For how long there has been neither a file nor anything that could be read, in milliseconds. */
  get absentMs(): number {
    const { history } = this.options;
    if (this.absentSince === null || this.readings.size > 0) return 0;
    const isIdle = history.unread.length === 0 || history.isSearching;
    return isIdle ? performance.now() - this.absentSince : 0;
  }

  status(): FollowedFile {
    const { history, feed } = this.options;
    const { unread } = history;
    const behind = unread.map((file) => this.behindOf(file));
    const reading = unread[behind.findIndex((bytes) => bytes > 0)] ?? history.current;
    return {
      path: this.path,
      target: this.target.path,
      cluster: this.target.cluster,
      position: reading?.offset ?? null,
      behindBytes: behind.reduce((sum, bytes) => sum + bytes, 0),
      lines: this.lines,
      lastReadAt: feed.lastReadAt,
      error: this.error,
    };
  }

  /** Ends after what is being read; settles when all files are closed. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.ended;
  }

  /** Forgets where it was; only to be called when it has stopped. */
  async forget(): Promise<void> {
    const { history, feed } = this.options;
    history.forgetAll();
    await feed.push([], history.takeChanges());
  }

  /** A packed file counts as it lies there, until all of it is read. */
  private behindOf(file: KnownFile): number {
    const { history } = this.options;
    if (file.packed) return history.placeOf(file)?.size ?? 0;
    const size =
      file === history.current
        ? this.targetSize
        : (this.readings.get(file)?.size ?? history.placeOf(file)?.size ?? 0);
    return Math.max(0, size - file.offset);
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    const { pollMs: pollMsNow, inTurn } = this.options;
    while (!signal.aborted) {
      const pauseMs = await inTurn(async () => this.turn()).catch((error: unknown) =>
        this.fail(error),
      );
      if (pauseMs !== 0) await pause(Math.max(pauseMs, pollMsNow()), signal);
    }
    for (const reading of this.readings.values()) await reading.close().catch(() => {});
  }

  /** Milliseconds until the next look; 0 if there is more. */
  private async turn(): Promise<number> {
    for (let chunk = 0; chunk < CHUNKS_PER_TURN; chunk += 1) {
      if (this.stopping.signal.aborted) return 0;
      await this.lookAround();
      const isMore = await this.readOne();
      this.recover();
      if (!isMore) return this.options.timing.pollMs;
    }
    return 0;
  }

  private fail(error: unknown): number {
    if (error instanceof IntakeClosedError) {
      this.stopping.abort();
      return 0;
    }
    const { path, log } = this.options;
    const { code, message } = error as NodeJS.ErrnoException;
    // Between two looks a file was renamed; the next look finds it.
    if (code === 'ENOENT' && this.error === null && this.targetId !== undefined) {
      this.stale = true;
      return this.options.timing.pollMs;
    }
    if (this.error !== message) log.warn({ path, err: error }, 'A followed file can not be read.');
    this.error = message;
    this.stale = true;
    return ERROR_PAUSE_MS;
  }

  private recover(): void {
    if (this.error === null) return;
    this.error = null;
    this.options.log.info({ path: this.path }, 'A followed file is read again.');
  }

  /** Looks for rotated files only when the path leads elsewhere or names have changed. */
  private async lookAround(): Promise<void> {
    const { history, feed } = this.options;
    const id = await this.findTarget();
    if (!(await this.isLookDue(id))) return;
    const moved = await history.look((file) => this.readings.has(file));
    for (const file of moved) await this.close(file);
    this.targetId = history.current?.id ?? null;
    this.stale = false;
    // What is known now is stored at once: a file that was seen is read to its end, come what may.
    const changes = history.takeChanges();
    if (changes.length > 0) await feed.push([], changes);
  }

  private async findTarget(): Promise<string | null> {
    const { path } = this.options;
    const stats = await stat(path, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (stats?.isFile() === false) throw new Error(`${path} is no file.`);
    this.targetSize = Number(stats?.size ?? 0);
    this.absentSince = stats === null ? (this.absentSince ?? performance.now()) : null;
    return stats === null ? null : idOf(stats);
  }

  private async isLookDue(id: string | null): Promise<boolean> {
    const { history } = this.options;
    if (id !== this.targetId || this.stale || history.isSearching) return true;
    // A copy was made, or files had the path and lost it again unseen.
    return history.hasMoved();
  }

  /** Reads one chunk; false if there is none at the moment. */
  private async readOne(): Promise<boolean> {
    for (const file of this.options.history.unread) {
      const verdict = await this.readFile(file);
      if (verdict !== 'next') return verdict === 'more';
    }
    return false;
  }

  private async readFile(file: KnownFile): Promise<Verdict> {
    const reading = this.readings.get(file) ?? (await this.open(file));
    if (reading === null) {
      this.stale = true;
      return 'wait';
    }
    try {
      const gain = await reading.next();
      if (gain.kind === 'end') return await this.atEnd(file, reading);
      if (gain.kind === 'replaced') return await this.replaced(file);
      this.quietSince.delete(file);
      await this.hand(file, gain.records);
      return 'more';
    } catch (error) {
      if (isDamage(error)) return this.damaged(file, reading);
      throw error;
    }
  }

  private async open(file: KnownFile): Promise<Reading | null> {
    const place = this.options.history.placeOf(file);
    const reading = place === null ? null : await openReading(place.path, file);
    if (reading !== null) this.readings.set(file, reading);
    return reading;
  }

  private async replaced(file: KnownFile): Promise<Verdict> {
    await this.close(file);
    this.stale = true;
    return 'more';
  }

  /** A rotated file may still gain a few lines; those behind it wait a moment for them. */
  private async atEnd(file: KnownFile, reading: Reading): Promise<Verdict> {
    const { history, timing } = this.options;
    if (file.packed) return this.finish(file, reading);
    if (file === history.current) return 'wait';
    const now = performance.now();
    const since = this.quietSince.get(file) ?? now;
    this.quietSince.set(file, since);
    if (now - since >= timing.quietMs) return this.finish(file, reading);
    return now - since >= timing.pollMs ? 'next' : 'wait';
  }

  private async finish(file: KnownFile, reading: Reading): Promise<Verdict> {
    const records = reading.finish();
    this.options.history.noteDone(file);
    await this.close(file);
    await this.hand(file, records);
    return 'next';
  }

  private async damaged(file: KnownFile, reading: Reading): Promise<Verdict> {
    const looks = (this.damagedLooks.get(file) ?? 0) + 1;
    this.damagedLooks.set(file, looks);
    if (looks < DAMAGED_LOOKS) {
      await this.close(file);
      return 'wait';
    }
    const { path, log, onLoss } = this.options;
    onLoss('damaged');
    log.error(
      { path, position: file.offset },
      'A packed file is damaged: lines behind the position are lost.',
    );
    return this.finish(file, reading);
  }

  private async close(file: KnownFile): Promise<void> {
    const reading = this.readings.get(file);
    this.readings.delete(file);
    this.quietSince.delete(file);
    // Only read from: what can not be closed harms nobody, and what was read is handed on.
    await reading?.close().catch(() => {});
  }

  private async hand(file: KnownFile, records: readonly Uint8Array[]): Promise<void> {
    const { history, feed } = this.options;
    const first = this.lines;
    this.lines += records.length;
    file.lines = this.lines;
    history.noteRead(file);
    if (records.length === 0) return;
    const numbered = records.map((bytes, index) => ({ bytes, position: first + index }));
    await feed.push(numbered, history.takeChanges());
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
