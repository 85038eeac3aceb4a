import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Where one run of the benchmark keeps its files, and what it was given. */
export interface BenchSetup {
  readonly folder: string;
  readonly streamFile: string;
  readonly podsFile: string;
  /** Lines of the stream. */
  readonly events: number;
  readonly seed: number;
  readonly repeat: number;
  /** How long each load over HTTP is measured. */
  readonly seconds: number;
}

const SQLITE_FILES = ['', '-wal', '-shm', '-journal', '.lock'] as const;

/** A name for a database that is not there yet. */
export function freshDatabase(setup: BenchSetup, name: string): string {
  const file = join(setup.folder, `${name}.sqlite`);
  removeDatabase(file);
  return file;
}

const companionsOf = (file: string): readonly string[] => {
  const folder = dirname(file);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.startsWith(basename(file)))
    .map((name) => join(folder, name));
};

export function removeDatabase(file: string): void {
  for (const companion of companionsOf(file)) rmSync(companion, { force: true });
}

/** The database with its write-ahead log. */
export function databaseBytes(file: string): number {
  return SQLITE_FILES.map((suffix) => `${file}${suffix}`)
    .filter((path) => existsSync(path))
    .reduce((sum, path) => sum + statSync(path).size, 0);
}
