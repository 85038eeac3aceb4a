// The files that a path had, one after the other: which are read, and where the others are now.
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LIMITS } from '../config/limits.ts';
import type { SourcePosition } from '../model/part.ts';
import type { Logger } from '../telemetry/log.ts';
import { fileBehindLastLine, fileNotToRead } from './follow-first-sight.ts';
import { type Located, locateFiles } from './follow-locate.ts';
import { encodePosition, forgetPosition, type KnownFile, newFile } from './follow-position.ts';
import { listSiblings, realPathOf, type Sibling } from './follow-siblings.ts';
import type { FileLoss } from './follow-target.ts';

export interface HistoryOptions {
  readonly path: string;
  /** What was known when the process before ended. */
  readonly files: readonly KnownFile[];
  /** Where reading begins if nothing is known and the file is there already. */
  readonly from: 'start' | 'end';
  readonly missingMs: number;
  readonly log: Logger;
  readonly onLoss: (loss: FileLoss) => void;
}

/** When names in a folder were last changed; null if it is not there. */
async function changeOf(folder: string): Promise<bigint | null> {
  const stats = await stat(folder, { bigint: true }).catch(() => null);
  return stats?.mtimeNs ?? null;
}

export class PathHistory {
  /** The file that has the path at the moment. */
  current: KnownFile | null = null;
  private readonly options: HistoryOptions;
  private files: KnownFile[];
  private places: ReadonlyMap<KnownFile, Sibling> = new Map();
  private sighted: boolean;
  private folder = '';
  /** When names in the folder were last changed, before the last look. */
  private folderChange: bigint | null = null;
  private isUnsettled = false;
  private readonly missingSince = new Map<KnownFile, number>();
  private readonly changed = new Set<KnownFile>();
  private forgotten: SourcePosition[] = [];

  constructor(options: HistoryOptions) {
    this.options = options;
    this.files = [...options.files];
    this.sighted = this.files.length > 0;
  }

  /** Files with something to read, in the order in which they were written. */
  get unread(): readonly KnownFile[] {
    const { current } = this;
    const rotated = this.files.filter((file) => !file.done && file !== current);
    return current === null || current.done ? rotated : [...rotated, current];
  }

  /** Is a file looked for, or were files renamed while it was looked for them? */
  get isSearching(): boolean {
    return this.missingSince.size > 0 || this.isUnsettled;
  }

  /** Has the folder of the file changed since the last look? */
  async hasMoved(): Promise<boolean> {
    return (await changeOf(this.folder)) !== this.folderChange;
  }

  /** Records of the path so far. */
  get lines(): number {
    return this.files.reduce((most, file) => Math.max(most, file.lines), 0);
  }

  placeOf(file: KnownFile): Sibling | null {
    return this.places.get(file) ?? null;
  }

  /** Only of files that are being read: other inodes may have been used again. */
  isReading(id: string): boolean {
    return this.files.some((file) => !file.done && file.id === id);
  }

  /** What was read of a file is to be stored. */
  noteRead(file: KnownFile): void {
    this.changed.add(file);
  }

  noteDone(file: KnownFile): void {
    file.done = true;
    this.changed.add(file);
    const done = this.files.filter((one) => one.done);
    if (done.length > LIMITS.rotatedFilesMax) this.forget(done.slice(0, 1));
  }

  /** The positions that have changed since the last call. */
  takeChanges(): readonly SourcePosition[] {
    const { forgotten, changed } = this;
    const inOrder = this.files.filter((file) => changed.has(file));
    this.forgotten = [];
    changed.clear();
    return [...forgotten, ...inOrder.map((file) => encodePosition(this.options.path, file))];
  }

  forgetAll(): void {
    this.forget(this.files);
  }

  /**
   * Looks which files are there. Rejects if that can not be said.
   *
   * @returns files that go on under another inode and have to be opened again.
   */
  async look(isOpen: (file: KnownFile) => boolean): Promise<readonly KnownFile[]> {
    const realPath = await realPathOf(this.options.path);
    const ids = new Set(this.unread.map((file) => file.id));
    this.folder = dirname(realPath);
    this.folderChange = await changeOf(this.folder);
    const siblings = await this.list(realPath, ids);
    const target = siblings.find(({ path }) => path === realPath) ?? null;
    const known = this.files;
    const located = await locateFiles({ known, siblings, target, isOpen });
    const missing = this.unread.filter((file) => !isOpen(file) && !located.places.has(file));
    this.places = located.places;
    const moved = this.noteMoves(located, target, isOpen);
    this.current = this.resume(located, target);
    const isPlain = this.current !== null || target === null || located.unknown.includes(target);
    if (located.unreadable !== null && (missing.length > 0 || !isPlain)) throw located.unreadable;
    if (this.isStillMissing(missing, { siblings, target })) return moved;
    // Without the file itself, its whole folder may only be elsewhere for a while.
    if (target !== null) {
      this.forget(this.files.filter((file) => file.done && !located.recognized.has(file)));
    }
    await this.takeNew(located, target);
    this.sighted = true;
    // What was renamed in between may have been passed by; it is looked for once more.
    this.isUnsettled = await this.hasMoved();
    return moved;
  }

  /** A folder that is not there yet is as good as an empty one, unless something is known of it. */
  private list(realPath: string, ids: ReadonlySet<string>): Promise<readonly Sibling[]> {
    return listSiblings(realPath, ids).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' && this.files.length === 0) return [];
      throw error;
    });
  }

  /**
   * Renamed files keep their inode; copies and packed ones have another. What is open is read from
   * there as long as nothing else has the path.
   */
  private noteMoves(
    { places }: Located,
    target: Sibling | null,
    isOpen: (file: KnownFile) => boolean,
  ): KnownFile[] {
    const moved: KnownFile[] = [];
    for (const [file, place] of places) {
      if (file.id === place.id && file.packed === place.packed) continue;
      if (isOpen(file)) {
        if (place !== target) continue;
        moved.push(file);
      }
      file.id = place.id;
      file.packed = place.packed;
      this.changed.add(file);
    }
    return moved;
  }

  /** The known file under the path; one that was done with may have come back. */
  private resume({ places }: Located, target: Sibling | null): KnownFile | null {
    const current = this.files.findLast((file) => places.get(file) === target) ?? null;
    if (current === null || target === null) return null;
    if (current.done && !current.packed) {
      current.done = false;
      this.changed.add(current);
    }
    return current;
  }

  /** A file may be between two names for a moment; what is missing for longer is lost. */
  private isStillMissing(
    missing: readonly KnownFile[],
    { siblings, target }: { siblings: readonly Sibling[]; target: Sibling | null },
  ): boolean {
    const now = performance.now();
    for (const file of this.missingSince.keys()) {
      if (!missing.includes(file)) this.missingSince.delete(file);
    }
    for (const file of missing) {
      const since = this.missingSince.get(file) ?? now;
      // As long as nothing has the path there is time.
      this.missingSince.set(file, target === null ? now : since);
      if (target === null || now - since < this.options.missingMs) continue;
      this.missingSince.delete(file);
      this.lose(file, siblings);
    }
    return this.missingSince.size > 0;
  }

  /** It stays known, so that a copy of it that turns up is not taken for something new. */
  private lose(file: KnownFile, siblings: readonly Sibling[]): void {
    this.noteDone(file);
    if (file.tail.end === 0) return;
    const { path, log, onLoss } = this.options;
    const fields = { path, position: file.offset, lines: file.lines };
    if (siblings.some(({ id }) => id === file.id)) {
      onLoss('truncated');
      log.warn(fields, 'A followed file was truncated: lines behind the position may be lost.');
    } else {
      onLoss('gone');
      log.error(fields, 'A followed file is gone: lines behind the position may be lost.');
    }
  }

  /** What nobody knows is new only if it was written behind the last file that was read. */
  private async takeNew({ unknown }: Located, target: Sibling | null): Promise<void> {
    const rotated = unknown
      .filter((file) => file !== target && file.rotated && file.size > 0)
      .toSorted((a, b) => a.changedMs - b.changedMs || (a.path < b.path ? -1 : 1));
    const isNew = target !== null && unknown.includes(target);
    if (!this.sighted) {
      for (const file of rotated.slice(-LIMITS.rotatedFilesMax)) {
        this.add(await fileNotToRead(this.nextOrdinal, file), file);
      }
    } else if (isNew || target === null || this.isUnsettled) {
      for (const file of rotated) this.add(newFile(this.nextOrdinal, file), file);
    }
    if (!isNew) return;
    const skips = !this.sighted && this.options.from === 'end' && !target.packed;
    this.current = skips
      ? await fileBehindLastLine(this.nextOrdinal, target)
      : newFile(this.nextOrdinal, target);
    this.add(this.current, target);
  }

  private get nextOrdinal(): number {
    return (this.files.at(-1)?.ordinal ?? 0) + 1;
  }

  private add(file: KnownFile, place: Sibling): void {
    this.files.push(file);
    this.places = new Map([...this.places, [file, place]]);
    this.changed.add(file);
  }

  private forget(gone: readonly KnownFile[]): void {
    if (gone.length === 0) return;
    this.files = this.files.filter((file) => !gone.includes(file));
    for (const file of gone) {
      this.changed.delete(file);
      this.forgotten.push(forgetPosition(this.options.path, file));
    }
  }
}
