import { isCopyOf } from './follow-content.ts';
import { fileBehindLastLine, fileNotToRead, fileToRead } from './follow-first-sight.ts';
import type { KnownFile } from './follow-position.ts';
import type { Sibling } from './follow-siblings.ts';

/** A file that was not known, and where it is. */
export interface NewFile {
  readonly file: KnownFile;
  readonly place: Sibling;
}

export interface NewFilesOptions {
  /** Files that are like none that is known. */
  readonly unknown: readonly Sibling[];
  /** What has the path; null if nothing has. */
  readonly target: Sibling | null;
  /** The same if it is known. */
  readonly current: KnownFile | null;
  readonly nextOrdinal: number;
  /** Where reading begins if the path is looked at for the first time; else null. */
  readonly from: 'start' | 'end' | null;
}

/**
 * What nobody knows is new only if it was written behind the last file that was read: if another
 * file has the path now, or one that was empty when it was last seen. In the order in which they
 * were written; what has the path comes last. Rejects if one can not be read.
 */
export async function readNewFiles(options: NewFilesOptions): Promise<readonly NewFile[]> {
  const { unknown, target, current, from } = options;
  const isNew = target !== null && unknown.includes(target);
  const wasRotated = isNew || current === null || current.head.bytes === 0;
  if (from === null && !wasRotated) return [];
  const rotated = await readRotated(options);
  if (!isNew) return rotated;
  const ordinal = options.nextOrdinal + rotated.length;
  const skips = from === 'end' && !target.packed;
  const file = await (skips ? fileBehindLastLine(ordinal, target) : fileToRead(ordinal, target));
  return [...rotated, { file, place: target }];
}

/** What was rotated before the first look is noted, not read. */
async function readRotated(options: NewFilesOptions): Promise<readonly NewFile[]> {
  const { unknown, target, nextOrdinal, from } = options;
  const places = unknown
    .filter((place) => place !== target && place.rotated && place.size > 0)
    .toSorted((a, b) => a.changedMs - b.changedMs || (a.path < b.path ? -1 : 1));
  const found: NewFile[] = [];
  for (const place of places) {
    const ordinal = nextOrdinal + found.length;
    if (from !== null) {
      found.push({ file: await fileNotToRead(ordinal, place), place });
    } else if (target === null || !(await isCopyOf(place, target))) {
      // Of a copy the original is still there; the next that happens is that it is truncated.
      found.push({ file: await fileToRead(ordinal, place), place });
    }
  }
  return found;
}
