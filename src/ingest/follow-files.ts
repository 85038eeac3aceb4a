// Everything that is followed: finds the files that patterns stand for, and follows each path.
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { LIMITS } from '../config/limits.ts';
import type { EventsOrigin } from '../model/origin.ts';
import type { SourcePosition } from '../model/part.ts';
import type { Logger } from '../telemetry/log.ts';
import type { ReceiptClock } from './clock.ts';
import { createFeed } from './follow-feed.ts';
import { expandPath, isPattern, matchesPattern } from './follow-glob.ts';
import { PathHistory } from './follow-history.ts';
import { PathFollower } from './follow-path.ts';
import { decodePositions, type KnownFile } from './follow-position.ts';
import { idOf, isRotatedName, realPathOf } from './follow-siblings.ts';
import type { FollowedFile, FollowObserver, FollowTarget, FollowTiming } from './follow-target.ts';
import type { Intake } from './intake.ts';
import { createTurns, type Turns } from './turns.ts';

export interface FollowOptions {
  readonly targets: readonly FollowTarget[];
  /** What the store knows of how far they were read. */
  readonly positions: readonly SourcePosition[];
  readonly intake: Intake;
  readonly clock: ReceiptClock;
  readonly observer: FollowObserver;
  readonly log: Logger;
  /** Only tests are in a hurry. */
  readonly timing?: Partial<FollowTiming>;
}

export interface FileFollower {
  files(): readonly FollowedFile[];
  stop(): Promise<void>;
}

interface Followed extends Pick<FollowTarget, 'path' | 'from'> {
  readonly id: string | null;
  readonly realPath: string;
  readonly target: FollowTarget;
}

/** Files that are read at the same time; the others wait for their turn. */
const TURNS = 8;
/** With many files each is looked at less often, so that looking costs little. */
const POLL_MS_PER_FILE = 2;

const TIMING: FollowTiming = {
  pollMs: LIMITS.followPollMs,
  scanMs: LIMITS.followScanMs,
  quietMs: LIMITS.followQuietMs,
  missingMs: LIMITS.followMissingMs,
  forgetMs: LIMITS.followForgetMs,
};

/** Begins to follow; settles when all that is there already has been found. */
export async function followFiles(options: FollowOptions): Promise<FileFollower> {
  const follower = new Follower(options);
  await follower.scan();
  follower.start();
  return follower;
}

class Follower implements FileFollower {
  private readonly options: FollowOptions;
  private readonly timing: FollowTiming;
  private readonly turns: Turns = createTurns(TURNS);
  private readonly known: Map<string, readonly KnownFile[]>;
  private readonly paths = new Map<string, PathFollower>();
  /** Paths that are not followed, with the inode they had then. */
  private readonly passedOver = new Map<string, string | null>();
  private isFirstScan = true;
  private isStopped = false;
  private timer: NodeJS.Timeout | null = null;
  private scanning: Promise<void> = Promise.resolve();

  constructor(options: FollowOptions) {
    this.options = options;
    this.timing = { ...TIMING, ...options.timing };
    this.known = new Map(decodePositions(options.positions));
  }

  files(): readonly FollowedFile[] {
    return [...this.paths.values()].map((path) => path.status());
  }

  start(): void {
    if (!this.options.targets.some(({ path }) => isPattern(path))) return;
    const again = (): void => {
      this.scanning = this.scan().finally(() => {
        if (!this.isStopped) this.timer = setTimeout(again, this.timing.scanMs);
      });
    };
    this.timer = setTimeout(again, this.timing.scanMs);
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    if (this.timer !== null) clearTimeout(this.timer);
    await this.scanning;
    await Promise.all([...this.paths.values()].map(async (path) => path.stop()));
  }

  /** Follows what has come, forgets what has gone. */
  async scan(): Promise<void> {
    const seen = new Set<string>();
    for (const target of this.options.targets) {
      const wasRead = [...this.known.keys()].some((path) => isOf(path, target));
      const from = this.isFirstScan && !wasRead ? target.from : 'start';
      for (const path of await this.pathsOf(target)) {
        seen.add(path);
        await this.consider(path, target, from);
      }
    }
    for (const path of this.passedOver.keys()) if (!seen.has(path)) this.passedOver.delete(path);
    this.isFirstScan = false;
    for (const path of this.paths.values()) await this.forgetIfGone(path);
  }

  /** Rotated files belong to the file whose name they had. */
  private async pathsOf(target: FollowTarget): Promise<readonly string[]> {
    const { path } = target;
    if (!isPattern(path)) return [path];
    const found = new Set(await expandPath(path));
    // One that was rotated while nobody looked has left only its position.
    if (this.isFirstScan) {
      for (const name of this.known.keys()) if (matchesPattern(name, path)) found.add(name);
    }
    const all = [...found];
    return all.filter((name) => !all.some((other) => isRotation(name, other))).toSorted();
  }

  private async consider(
    path: string,
    target: FollowTarget,
    from: FollowTarget['from'],
  ): Promise<void> {
    if (this.isStopped || this.paths.has(path)) return;
    const realPath = await realPathOf(path);
    const stats = await stat(path, { bigint: true }).catch(() => null);
    const id = stats === null ? null : idOf(stats);
    if (this.paths.size >= LIMITS.followedFilesMax) {
      this.passOver(path, id, 'There are too many files to follow; this one is left out.');
    } else if (id !== null && this.isFollowed({ path, id, realPath })) {
      this.passOver(path, id, 'This file is followed under another name already.');
    } else {
      this.passedOver.delete(path);
      this.paths.set(path, this.follow({ path, id, realPath, target, from }));
    }
  }

  /** Once it was followed under another name it is left alone, also when it is done with there. */
  private isFollowed({ path, id, realPath }: Pick<Followed, 'path' | 'id' | 'realPath'>): boolean {
    if (this.passedOver.get(path) === id) return true;
    return [...this.paths.values()].some(
      (other) => other.realPath === realPath || other.isReading(id),
    );
  }

  private passOver(path: string, id: string | null, why: string): void {
    const before = this.passedOver.get(path);
    this.passedOver.set(path, id);
    if (before !== id) this.options.log.warn({ path }, why);
  }

  private follow({ path, id, realPath, target, from }: Followed): PathFollower {
    const { intake, clock, observer, log } = this.options;
    const { sensor, cluster, latenessMs } = target;
    const origin: EventsOrigin = {
      kind: 'events',
      carrier: 'file',
      partition: path,
      sensor,
      cluster,
      latenessMs,
    };
    const files = this.known.get(path) ?? [];
    this.known.delete(path);
    const onLoss = observer.onLoss.bind(observer);
    const { missingMs } = this.timing;
    return new PathFollower({
      path,
      id,
      realPath,
      target,
      history: new PathHistory({ path, files, from, missingMs, log, onLoss }),
      feed: createFeed({ intake, clock, origin, onStored: (count) => observer.onLines(count) }),
      timing: this.timing,
      pollMs: () => Math.max(this.timing.pollMs, this.paths.size * POLL_MS_PER_FILE),
      log,
      onLoss,
      inTurn: (work) => this.turns.take(work),
    });
  }

  private async forgetIfGone(path: PathFollower): Promise<void> {
    if (!isPattern(path.target.path) || path.absentMs < this.timing.forgetMs) return;
    await path.stop();
    this.paths.delete(path.path);
    // When Eyrie is stopping nothing is taken any more; the next run forgets it then.
    await path.forget().catch(() => {});
  }
}

const isOf = (path: string, target: FollowTarget): boolean =>
  path === target.path || (isPattern(target.path) && matchesPattern(path, target.path));

const isRotation = (name: string, of: string): boolean =>
  dirname(name) === dirname(of) && isRotatedName(basename(name), basename(of));
