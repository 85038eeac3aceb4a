// Files that are seen for the first time.
import { readBytes, readPackedHead, withFile } from './follow-content.ts';
import { HEAD_BYTES, type KnownFile, newFile, printOf, TAIL_BYTES } from './follow-position.ts';
import type { Sibling } from './follow-siblings.ts';

const NEWLINE = 0x0a;
const LINE_BYTES_MAX = 1 << 20;

/**
 * A file that is read from its start. Its first lines are noted, so that it is known from now on;
 * the beginning of a line alone is alike in all files.
 */
export async function fileToRead(ordinal: number, sibling: Sibling): Promise<KnownFile> {
  const file = newFile(ordinal, sibling);
  const head = sibling.packed
    ? await readPackedHead(sibling.path)
    : await withFile(sibling.path, (handle) => readBytes(handle, 0, HEAD_BYTES));
  const lines = head.subarray(0, head.lastIndexOf(NEWLINE) + 1);
  file.head = printOf(lines);
  file.tail = { ...printOf(lines.subarray(-TAIL_BYTES)), end: lines.length };
  return file;
}

/** A file that was rotated before: it is known from now on, and not read. */
export async function fileNotToRead(ordinal: number, sibling: Sibling): Promise<KnownFile> {
  const file = newFile(ordinal, sibling);
  file.done = true;
  if (sibling.packed) file.head = printOf(await readPackedHead(sibling.path));
  else await lookUpTo(file, sibling.path, sibling.size);
  return file;
}

/** A file of which only the lines are read that are written from now on. */
export async function fileBehindLastLine(ordinal: number, sibling: Sibling): Promise<KnownFile> {
  const file = newFile(ordinal, sibling);
  const from = Math.max(0, sibling.size - LINE_BYTES_MAX);
  const last = await withFile(sibling.path, (handle) => readBytes(handle, from, LINE_BYTES_MAX));
  await lookUpTo(file, sibling.path, from + last.lastIndexOf(NEWLINE) + 1);
  return file;
}

async function lookUpTo(file: KnownFile, path: string, end: number): Promise<void> {
  await withFile(path, async (handle) => {
    const tailBytes = Math.min(TAIL_BYTES, end);
    file.offset = end;
    file.head = printOf(await readBytes(handle, 0, Math.min(HEAD_BYTES, end)));
    file.tail = { ...printOf(await readBytes(handle, end - tailBytes, tailBytes)), end };
  });
}
