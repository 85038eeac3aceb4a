// The files that a path had, one after the other: which are read, and where the others are now.
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SourcePosition } from '../model/part.ts';
import type { Logger } from '../telemetry/log.ts';
import { type Located, locateFiles } from './follow-locate.ts';
import { type NewFile, readNewFiles } from './follow-new-files.ts';
import { encodePosition, forgetPosition, type KnownFile } from './follow-position.ts';
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

/** What was there at one moment. */
interface Sight {
  readonly siblings: readonly Sibling[];
  readonly target: Sibling | null;
  readonly located: Located;
  readonly fresh: readonly NewFile[];
}

/** Looks in a row before others get their turn. */
const ATTEMPTS = 3;
/** Longer than the steps in which file systems count time. */
const CLOCK_STEP_MS = 20;
const RECENT_MS = 1_000;

/** When names in a folder were last changed; null if it is not there. */
async function changeOf(folder: string): Promise<bigint | null> {
  const stats = await stat(folder, { bigint: true }).catch(() => null);
  return stats?.mtimeNs ?? null;
}

/** The same, at a moment behind which every change has another time. */
async function settledChange(folder: string): Promise<bigint | null> {
  const change = await changeOf(folder);
  const ageMs = change === null ? RECENT_MS : Date.now() - Number(change / 1_000_000n);
  if (ageMs < RECENT_MS) await sleep(CLOCK_STEP_MS);
  return change;
}

/** Is the inode of an open file there, but with something else in it? It was cut off and begun anew. */
function isBroken(file: KnownFile, { places, unknown }: Located): boolean {
  if (places.get(file)?.id === file.id) return false;
  return [...unknown, ...places.values()].some(({ id }) => id === file.id);
}

/** Whether what has the path is known can only be said of what can be read. */
function refuseUnreadable({ target, located }: Sight, current: KnownFile | null): void {
  const { unreadable, unknown } = located;
  const isClear = current !== null || target === null || unknown.includes(target);
  if (unreadable !== null && !isClear) throw unreadable;
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

  /** What was read of a file is to be stored. */
  noteRead(file: KnownFile): void {
    this.changed.add(file);
  }

  noteDone(file: KnownFile): void {
    file.done = true;
    this.changed.add(file);
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
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const sight = await this.observe();
      if (sight !== null) return this.judge(sight, isOpen);
    }
    this.isUnsettled = true;
    return [];
  }

  /** Null if names changed meanwhile: what was seen then may never have been true. */
  private async observe(): Promise<Sight | null> {
    const realPath = await realPathOf(this.options.path);
    const folder = dirname(realPath);
    const change = await settledChange(folder);
    const ids = new Set(this.unread.map((file) => file.id));
    const siblings = await this.list(realPath, ids);
    const target = siblings.find(({ path }) => path === realPath) ?? null;
    const located = await locateFiles({ known: this.files, siblings, target });
    const { unknown, places } = located;
    const fresh = await readNewFiles({
      unknown,
      target,
      current: this.placedAt(places, target),
      nextOrdinal: this.nextOrdinal,
      from: this.sighted ? null : this.options.from,
    }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (fresh === null || (await changeOf(folder)) !== change) return null;
    this.folder = folder;
    this.folderChange = change;
    return { siblings, target, located, fresh };
  }

  private judge(sight: Sight, isOpen: (file: KnownFile) => boolean): readonly KnownFile[] {
    const { siblings, target, located } = sight;
    const broken = this.unread.filter((file) => isOpen(file) && isBroken(file, located));
    const missing = this.unread.filter(
      (file) => !located.places.has(file) && (!isOpen(file) || broken.includes(file)),
    );
    const current = this.placedAt(located.places, target);
    refuseUnreadable(sight, current);
    this.isUnsettled = false;
    this.places = located.places;
    const hasMoved = current !== null && isOpen(current) && target?.id !== current.id;
    const closed = hasMoved ? [...broken, current] : broken;
    this.noteMoves(located, (file) => isOpen(file) && !closed.includes(file));
    this.resume(current);
    if (!this.isStillMissing(missing, located, siblings)) this.takeNew(sight);
    return closed;
  }

  private takeNew({ target, located, fresh }: Sight): void {
    // Without the file itself, its whole folder may only be elsewhere for a while.
    if (target !== null) {
      this.forget(this.files.filter((file) => file.done && !located.recognized.has(file)));
    }
    for (const { file, place } of fresh) this.add(file, place);
    const last = fresh.at(-1);
    if (last !== undefined && last.place === target) this.current = last.file;
    this.sighted = true;
  }

  /** A folder that is not there yet is as good as an empty one, unless something is known of it. */
  private list(realPath: string, ids: ReadonlySet<string>): Promise<readonly Sibling[]> {
    return listSiblings(realPath, ids).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      if (this.files.length === 0) return [];
      throw new Error(`The folder ${dirname(realPath)} is not there.`);
    });
  }

  /**
   * Renamed files keep their inode; copies and packed ones have another. What is open is read from
   * there, also when it has lost its name.
   */
  private noteMoves({ places }: Located, staysOpen: (file: KnownFile) => boolean): void {
    for (const [file, place] of places) {
      if (staysOpen(file) || (file.id === place.id && file.packed === place.packed)) continue;
      file.id = place.id;
      file.packed = place.packed;
      this.changed.add(file);
    }
  }

  private placedAt(
    places: ReadonlyMap<KnownFile, Sibling>,
    target: Sibling | null,
  ): KnownFile | null {
    return this.files.findLast((file) => target !== null && places.get(file) === target) ?? null;
  }

  /** The known file under the path; one that was done with may have come back. */
  private resume(current: KnownFile | null): void {
    this.current = current;
    if (current === null || !current.done || current.packed) return;
    current.done = false;
    this.changed.add(current);
  }

  /** A file may be between two names for a moment; what is missing for longer is lost. */
  private isStillMissing(
    missing: readonly KnownFile[],
    { unknown }: Located,
    siblings: readonly Sibling[],
  ): boolean {
    const now = performance.now();
    for (const file of this.missingSince.keys()) {
      if (!missing.includes(file)) this.missingSince.delete(file);
    }
    for (const file of missing) {
      // As long as there is nothing else to read there is time.
      const since = unknown.length === 0 ? now : (this.missingSince.get(file) ?? now);
      this.missingSince.set(file, since);
      const isBlank = file.head.bytes === 0;
      if (!isBlank && now - since < this.options.missingMs) continue;
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
