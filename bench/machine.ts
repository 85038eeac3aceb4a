import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { quantile } from './quantile.ts';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly system: string;
  readonly node: string;
  /** Milliseconds that a write of 4 KiB with fsync takes in the folder of the benchmark. */
  readonly fsyncMs: { readonly median: number; readonly p99: number };
}

const FSYNC_BYTES = 4096;
const FSYNC_COUNT = 500;
const GIBIBYTE = 2 ** 30;

/** What the figures were taken on. The folder is the one whose disk counts. */
export function describeMachine(folder: string): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGib: Math.round((totalmem() / GIBIBYTE) * 10) / 10,
    system: `${type()} ${release()}`,
    node: process.versions.node,
    fsyncMs: measureFsync(join(folder, 'fsync-probe')),
  };
}

/** Appends, as a write-ahead log does. */
function measureFsync(path: string): Machine['fsyncMs'] {
  const block = Buffer.alloc(FSYNC_BYTES, 0x5a);
  const file = openSync(path, 'w');
  const times: number[] = [];
  try {
    for (let count = 0; count < FSYNC_COUNT; count += 1) {
      const started = performance.now();
      writeSync(file, block);
      fsyncSync(file);
      times.push(performance.now() - started);
    }
  } finally {
    closeSync(file);
    rmSync(path);
  }
  return { median: quantile(times, 0.5), p99: quantile(times, 0.99) };
}
