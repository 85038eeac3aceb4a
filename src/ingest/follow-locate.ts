import { Content, type Likeness } from './follow-content.ts';
import type { KnownFile } from './follow-position.ts';
import type { Sibling } from './follow-siblings.ts';

/** Which of the files that are there are known, and which are not. */
export interface Located {
  readonly places: ReadonlyMap<KnownFile, Sibling>;
  /** The files with a place, and those of which only a shorter copy is there. */
  readonly recognized: ReadonlySet<KnownFile>;
  readonly unknown: readonly Sibling[];
  /** Why some could not be looked into; nobody can say whether they are known. */
  readonly unreadable: Error | null;
}

export interface LocateOptions {
  readonly known: readonly KnownFile[];
  readonly siblings: readonly Sibling[];
  /** The one of them that has the path itself. */
  readonly target: Sibling | null;
}

/**
 * Finds known files again. A copy of one that is shorter than what was read of it is no news
 * either: it was cut off, or is still being written. Only what stands under the path itself may not
 * be taken for such a copy: it was truncated and begun anew.
 */
export async function locateFiles(options: LocateOptions): Promise<Located> {
  const { siblings, target } = options;
  const places = new Map<KnownFile, Sibling>();
  const recognized = new Set<KnownFile>();
  const unknown: Sibling[] = [];
  let unreadable: Error | null = null;
  for (const sibling of siblings) {
    const alike = await filesLike(sibling, options).catch((error: Error) => error);
    if (alike instanceof Error) {
      unreadable = alike;
      continue;
    }
    for (const { file, likeness } of alike) {
      recognized.add(file);
      if (likeness === 'shorter') continue;
      const place = places.get(file);
      if (place === undefined || isBetter({ sibling, target }, place, file)) {
        places.set(file, sibling);
      }
    }
    if (alike.length === 0) unknown.push(sibling);
  }
  return { places, recognized, unknown, unreadable };
}

interface Alike {
  readonly file: KnownFile;
  readonly likeness: Exclude<Likeness, 'other'>;
}

async function filesLike(
  sibling: Sibling,
  { known, target }: LocateOptions,
): Promise<readonly Alike[]> {
  const content = new Content(sibling);
  const named = known.filter(({ id }) => id === sibling.id);
  for (const file of named.toSorted((a, b) => b.tail.end - a.tail.end)) {
    if ((await content.likeness(file)) === 'same') return [{ file, likeness: 'same' }];
  }
  const alike: Alike[] = [];
  for (const file of known) {
    const likeness = await content.likeness(file);
    if (likeness === 'same' || (likeness === 'shorter' && sibling !== target)) {
      alike.push({ file, likeness });
    }
  }
  return alike;
}

/** What has the path is best, then the very file, then a plain copy. */
function isBetter(
  { sibling, target }: { sibling: Sibling; target: Sibling | null },
  place: Sibling,
  { id }: KnownFile,
): boolean {
  if (place === target || sibling === target) return sibling === target;
  if (place.id === id || sibling.id === id) return place.id !== id;
  return place.packed && !sibling.packed;
}
