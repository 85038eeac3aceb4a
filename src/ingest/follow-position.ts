import { hash } from 'node:crypto';
import type { SourcePosition } from '../model/part.ts';

/** Hash of some bytes of a file, by which it is known again under another name or inode. */
export interface Print {
  readonly bytes: number;
  readonly hash: string;
}

/**
 * One of the files that had a path: the one that has it, and those that were rotated away. What
 * tells it is its content: an inode is used again, and a rotated file may come back as a copy or
 * packed.
 */
export interface KnownFile {
  /** Counts the files of the path, in the order in which they were written. */
  readonly ordinal: number;
  /** Device and inode; empty if they are not known. */
  id: string;
  /** Of a packed file all figures are those of its content. */
  packed: boolean;
  /** Byte behind the last record that was read whole; where reading goes on. */
  offset: number;
  /** Records of the path up to here, those of earlier files included. */
  lines: number;
  /** The first bytes, at most 4 KiB. */
  head: Print;
  /** The last bytes before `end`, which is as far as the file was ever looked at. */
  tail: Print & { readonly end: number };
  /** Read to its end, and quiet since. It is remembered so that nobody reads it again. */
  done: boolean;
}

export const HEAD_BYTES = 4096;
export const TAIL_BYTES = 256;
const HASH_DIGITS = 32;

export const printOf = (bytes: Uint8Array): Print => ({
  bytes: bytes.byteLength,
  hash: bytes.byteLength === 0 ? '' : hash('sha256', bytes, 'hex').slice(0, HASH_DIGITS),
});

export const samePrint = (left: Print, right: Print): boolean =>
  left.bytes === right.bytes && left.hash === right.hash;

const EMPTY: Print = printOf(new Uint8Array());

/** A file of which nothing was read. */
export const newFile = (ordinal: number, file: Pick<KnownFile, 'id' | 'packed'>): KnownFile => ({
  ordinal,
  id: file.id,
  packed: file.packed,
  offset: 0,
  lines: 0,
  head: EMPTY,
  tail: { ...EMPTY, end: 0 },
  done: false,
});

/** Short names, because this stands in the journal with every part. */
interface PositionJson {
  readonly id: string;
  readonly offset: number;
  readonly lines: number;
  readonly head: readonly [bytes: number, hash: string];
  readonly tail: readonly [end: number, bytes: number, hash: string];
  readonly packed?: true;
  readonly done?: true;
}

const PREFIX = 'file:';

const sourceOf = (path: string, ordinal: number): string => `${PREFIX}${path}#${ordinal}`;

/** What the journal and the store are told of a file. */
export function encodePosition(path: string, file: KnownFile): SourcePosition {
  const { id, offset, lines, head, tail } = file;
  const json: PositionJson = {
    id,
    offset,
    lines,
    head: [head.bytes, head.hash],
    tail: [tail.end, tail.bytes, tail.hash],
    ...(file.packed && { packed: true }),
    ...(file.done && { done: true }),
  };
  return { source: sourceOf(path, file.ordinal), position: JSON.stringify(json) };
}

/** The file is not there any more and will not come back. */
export const forgetPosition = (path: string, { ordinal }: KnownFile): SourcePosition => ({
  source: sourceOf(path, ordinal),
  position: null,
});

/** The files of each path, oldest first. What other readers stored is passed over. */
export function decodePositions(
  positions: readonly SourcePosition[],
): ReadonlyMap<string, readonly KnownFile[]> {
  const byPath = new Map<string, KnownFile[]>();
  for (const { source, position } of positions) {
    const mark = source.lastIndexOf('#');
    if (!source.startsWith(PREFIX) || position === null || mark === -1) continue;
    const path = source.slice(PREFIX.length, mark);
    const file = decodeFile(Number(source.slice(mark + 1)), JSON.parse(position) as PositionJson);
    byPath.set(path, [...(byPath.get(path) ?? []), file]);
  }
  for (const files of byPath.values()) files.sort((a, b) => a.ordinal - b.ordinal);
  return byPath;
}

function decodeFile(ordinal: number, json: PositionJson): KnownFile {
  const { id, offset, lines, packed = false, done = false } = json;
  const [headBytes, headHash] = json.head;
  const [end, tailBytes, tailHash] = json.tail;
  return {
    ordinal,
    id,
    packed,
    offset,
    lines,
    head: { bytes: headBytes, hash: headHash },
    tail: { end, bytes: tailBytes, hash: tailHash },
    done,
  };
}
