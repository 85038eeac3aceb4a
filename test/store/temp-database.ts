import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { StoreReader } from '../../src/store/ports.ts';
import {
  openStoreReader,
  openStoreWriter,
  type WriterOptions,
} from '../../src/store/open-store.ts';
import type { OpenedStoreWriter } from '../../src/store/writer-client.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** A path for a database in a folder of its own, removed after the test. */
export function tempFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'eyrie-store-'));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'eyrie.db');
}

/** Opens a writer that is closed after the test at the latest. */
export async function openWriter(
  file: string,
  options: Partial<WriterOptions> = {},
): Promise<OpenedStoreWriter> {
  const writer = await openStoreWriter({ file, durability: 'os', ...options });
  cleanups.push(() => writer.close());
  return writer;
}

export async function openReader(file: string): Promise<StoreReader> {
  const reader = await openStoreReader(file);
  cleanups.push(() => reader.close());
  return reader;
}

/** Everything an asynchronous source gives, in order. */
export async function collect<Item>(source: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of source) items.push(item);
  return items;
}
