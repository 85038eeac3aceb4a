import type { BigIntStats } from 'node:fs';
import { lstat, readdir, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';

/** A file beside a followed one that may hold lines of it, or the followed one itself. */
export interface Sibling {
  readonly path: string;
  readonly id: string;
  /** In bytes, packed or not. */
  readonly size: number;
  /** Milliseconds since 1970 of its last change, with fractions. */
  readonly changedMs: number;
  readonly packed: boolean;
  /** Is it called as rotated files of the followed one are? */
  readonly rotated: boolean;
}

/** Looking at more files for one that was renamed would cost more than it finds. */
const FILES_MAX = 4096;
const PACKED = '.gz';
/** What a rotation adds behind a name: a number, a date, or one of the usual words. */
const ADDED = /^[.\-_](?:\d|old\b|bak\b|prev\b)/;
/** In front of the extension only a date or `.1`: `app-2.log` may well be a log of its own. */
const ADDED_INSIDE = /^(?:[.\-_]\d{4}-?\d\d|\.\d+\.)/;
/** Unfinished, or packed in ways that can not be read here. */
const UNREADABLE = /\.(?:tmp|part|swp|zst|xz|bz2|lz4|zip)$/;

/** Device and inode. */
export const idOf = ({ dev, ino }: BigIntStats): string => `${dev}:${ino}`;

const isPacked = (name: string): boolean => name.endsWith(PACKED);

/**
 * Is this what a rotation makes of a name? `a.log` becomes `a.log.1`, `a.log-20260102.gz`,
 * `a-2026-01-02T03-04-05.000.log` or `a.log.20260102-030405`.
 */
export function isRotatedName(name: string, base: string): boolean {
  if (name === base || UNREADABLE.test(name)) return false;
  if (name === base + PACKED) return true;
  if (name.startsWith(base)) return ADDED.test(name.slice(base.length));
  const extension = extname(base);
  if (extension === '') return false;
  const stem = base.slice(0, -extension.length);
  const plain = isPacked(name) ? name.slice(0, -PACKED.length) : name;
  const isBetween = plain.startsWith(stem) && plain.endsWith(extension);
  return isBetween && ADDED_INSIDE.test(plain.slice(stem.length));
}

/** Where a path leads, also while nothing is there: rotations rename beside the file itself. */
export async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const target = await readlink(path).catch(() => null);
    return target === null ? path : resolve(dirname(path), target);
  }
}

/**
 * The file itself, what is called like a rotated one, and, should one of the inodes that are looked
 * for not be among them, whatever has it. Rejects if the folder can not be read.
 */
export async function listSiblings(
  realPath: string,
  ids: ReadonlySet<string>,
): Promise<readonly Sibling[]> {
  const base = basename(realPath);
  const folder = dirname(realPath);
  const names = withoutUnfinished(await readdir(folder));
  const isLikely = (name: string): boolean => name === base || isRotatedName(name, base);
  const siblings = new Map<string, Sibling>();
  for (const name of names.filter(isLikely)) {
    const sibling = await look(join(folder, name), name !== base);
    // A file with two names is one file.
    if (sibling !== null && (name === base || !siblings.has(sibling.id))) {
      siblings.set(sibling.id, sibling);
    }
  }
  const missing = [...ids].filter((id) => !siblings.has(id));
  if (missing.length === 0 || names.length > FILES_MAX) return [...siblings.values()];
  for (const name of names.filter((other) => !isLikely(other))) {
    const sibling = await look(join(folder, name), false);
    if (sibling !== null && missing.includes(sibling.id)) siblings.set(sibling.id, sibling);
  }
  return [...siblings.values()];
}

/** While a file is being packed the plain one is still there, and whole. */
function withoutUnfinished(names: readonly string[]): readonly string[] {
  const present = new Set(names);
  return names.filter((name) => !isPacked(name) || !present.has(name.slice(0, -PACKED.length)));
}

async function look(path: string, rotated: boolean): Promise<Sibling | null> {
  const stats = await lstat(path, { bigint: true }).catch(() => null);
  if (stats?.isFile() !== true) return null;
  return {
    path,
    id: idOf(stats),
    size: Number(stats.size),
    changedMs: Number(stats.mtimeNs / 1000n) / 1000,
    packed: isPacked(path),
    rotated,
  };
}
