// A store in memory behind a real intake, and a log that is written and rotated as real ones are.
import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, vi } from 'vitest';
import { createReceiptClock } from '../../src/ingest/clock.ts';
import type { Delivery } from '../../src/ingest/delivery.ts';
import { type FileFollower, followFiles } from '../../src/ingest/follow-files.ts';
import type { FileLoss, FollowTarget, FollowTiming } from '../../src/ingest/follow-target.ts';
import { createIntake } from '../../src/ingest/intake.ts';
import type { EventsOrigin } from '../../src/model/origin.ts';
import type { Part } from '../../src/model/part.ts';
import type { Logger } from '../../src/telemetry/log.ts';

/** Everything happens in a tenth of the time. */
const TIMING: FollowTiming = {
  pollMs: 15,
  scanMs: 40,
  quietMs: 200,
  missingMs: 120,
  forgetMs: 300,
};
const WAIT_MS = 5_000;

/** What outlives the process: lines and positions, stored together. */
export class Store {
  readonly lines: string[] = [];
  readonly parts: Part[] = [];
  private readonly positions = new Map<string, string>();

  get readTo() {
    return [...this.positions].map(([source, position]) => ({ source, position }));
  }

  commit(part: Part): void {
    this.parts.push(part);
    for (const { bytes } of part.records) this.lines.push(Buffer.from(bytes).toString('utf8'));
    for (const { source, position } of part.readTo ?? []) {
      if (position === null) this.positions.delete(source);
      else this.positions.set(source, position);
    }
  }

  async has(lines: readonly string[]): Promise<void> {
    const compare = (): void => expect(differenceOf(this.lines, lines)).toEqual(NO_DIFFERENCE);
    await vi.waitFor(compare, { timeout: WAIT_MS, interval: 10 });
  }

  /** The same in any order: late lines of a rotated file may come behind those of the next. */
  async hasAll(lines: readonly string[]): Promise<void> {
    const expected = { ...NO_DIFFERENCE, firstOutOfOrder: expect.any(Number) as number };
    const compare = (): void => {
      const difference = differenceOf(this.lines, lines);
      expect(difference, JSON.stringify(difference)).toEqual(expected);
      expect(this.lines).toHaveLength(lines.length);
    };
    await vi.waitFor(compare, { timeout: 2 * WAIT_MS, interval: 20 });
  }

  /** Each at least once: of a small file that is copied, lines may be read from the copy again. */
  async hasEach(lines: readonly string[]): Promise<void> {
    const compare = (): void => {
      const { missing, unknown } = differenceOf(this.lines, lines);
      expect({ missing, unknown }).toEqual({ missing: [], unknown: [] });
    };
    await vi.waitFor(compare, { timeout: 2 * WAIT_MS, interval: 20 });
  }
}

const NO_DIFFERENCE = { missing: [], twice: [], unknown: [], firstOutOfOrder: -1 };
const SHOWN = 5;

function differenceOf(actual: readonly string[], expected: readonly string[]) {
  const present = new Set(actual);
  const known = new Set(expected);
  return {
    missing: expected.filter((line) => !present.has(line)).slice(0, SHOWN),
    twice: actual.filter((line, index) => actual.indexOf(line) !== index).slice(0, SHOWN),
    unknown: actual.filter((line) => !known.has(line)).slice(0, SHOWN),
    firstOutOfOrder: actual.findIndex((line, index) => line !== expected[index]),
  };
}

export interface Life {
  readonly follower: FileFollower;
  readonly losses: FileLoss[];
  readonly logged: string[];
  lines: number;
  /** From now on nothing is stored any more, as if the process were gone. */
  kill(): Promise<void>;
}

export interface LifeOptions {
  readonly timing?: Partial<FollowTiming>;
  /** Milliseconds that a commit takes. */
  readonly commitMs?: number;
}

/** Follows until the test ends or `kill`. */
export async function follow(
  store: Store,
  targets: readonly (Partial<FollowTarget> & { readonly path: string })[],
  { timing = {}, commitMs = 0 }: LifeOptions = {},
): Promise<Life> {
  const intake = createIntake(1 << 20);
  let dead = false;
  let before = Promise.resolve();
  const commitBehind = async (turn: Promise<void>, delivery: Delivery): Promise<void> => {
    await turn;
    if (commitMs > 0) await sleep(commitMs);
    if (dead) return;
    for (const part of delivery.parts) store.commit(part);
    delivery.settle({ arrivals: [], receipts: [] });
  };
  intake.deliveries$.subscribe((delivery) => {
    before = commitBehind(before, delivery);
  });
  const logged: string[] = [];
  const say = (_: object, message: string): void => void logged.push(message);
  const log: Logger = { debug: say, info: say, warn: say, error: say };
  const losses: FileLoss[] = [];
  const counted = { lines: 0 };
  const follower = await followFiles({
    targets: targets.map((target) => ({
      sensor: 'any',
      cluster: 'default',
      latenessMs: 5_000,
      from: 'start',
      ...target,
    })),
    positions: store.readTo,
    intake,
    clock: createReceiptClock(() => Date.now() * 1000),
    observer: {
      onLines: (count) => void (counted.lines += count),
      onLoss: (loss) => void losses.push(loss),
    },
    log,
    timing: { ...TIMING, ...timing },
  });
  const kill = async (): Promise<void> => {
    dead = true;
    intake.abort();
    await follower.stop();
  };
  onTestFinished(kill);
  return Object.assign(counted, { follower, losses, logged, kill });
}

/** A folder with one log in it. */
export class TestLog {
  readonly folder: string;
  readonly path: string;
  /** All lines in the order in which they were written. */
  readonly written: string[] = [];
  private rotations = 0;

  constructor(name = 'tetragon.log') {
    this.folder = mkdtempSync(join(tmpdir(), 'eyrie-follow-'));
    this.path = join(this.folder, name);
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  write(count: number, path = this.path): void {
    const lines = Array.from({ length: count }, (_, index) =>
      JSON.stringify({ line: this.written.length + index, pad: 'x'.repeat(index % 90) }),
    );
    this.written.push(...lines);
    appendFileSync(path, lines.map((line) => `${line}\n`).join(''));
  }

  append(text: string, path = this.path): void {
    appendFileSync(path, text);
  }

  file(name: string): string {
    return join(this.folder, name);
  }

  /** As Tetragon rotates: a date in front of the extension. */
  rename(name = `tetragon-2026-01-02T03-04-${this.nextNumber()}.000.log`): string {
    const to = this.file(name);
    renameSync(this.path, to);
    return to;
  }

  /** As logrotate does with `copytruncate`. */
  copyAndTruncate(name = `tetragon.log.${this.nextNumber()}`): string {
    const to = this.file(name);
    copyFileSync(this.path, to);
    truncateSync(this.path);
    return to;
  }

  gzip(path: string): string {
    writeFileSync(`${path}.gz`, gzipSync(readFileSync(path)));
    rmSync(path);
    return `${path}.gz`;
  }

  private nextNumber(): string {
    this.rotations += 1;
    return String(this.rotations).padStart(2, '0');
  }
}

export const originOf = (part: Part | undefined): EventsOrigin | null =>
  part?.origin.kind === 'events' ? part.origin : null;
