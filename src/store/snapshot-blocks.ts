import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { Db } from './database.ts';
import { ownBytes } from './own-bytes.ts';
import type { SnapshotBlock } from './ports.ts';
import { StoreError } from './store-error.ts';

/** A block on its way to the writer; a sealed one that is stored already has no bytes. */
export interface BlockMessage {
  readonly name: string;
  readonly sealed: boolean;
  readonly bytes: Uint8Array | null;
}

/** How a snapshot names its block. */
export interface BlockEntry {
  readonly name: string;
  /** A block that may still change belongs to its snapshot alone. */
  readonly storedAs: string;
  readonly sealed: boolean;
}

export interface SnapshotBlocks {
  /** Stores a block unless it is sealed and stored already. */
  save(block: BlockMessage, sequence: number): BlockEntry;
  /** Throws if the block is missing or damaged. */
  load(entry: BlockEntry): SnapshotBlock;
  /** Removes blocks that no snapshot names any more. */
  removeUnused(): void;
}

/** The checksum inside the compressed form is what tells damaged bytes from whole ones. */
export const CHECKED = {
  params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 },
};

export function createSnapshotBlocks(db: Db): SnapshotBlocks {
  const hasBlock = db
    .prepare<[string], number>('SELECT 1 FROM snapshot_block WHERE name = ?')
    .pluck();
  const putBlock = db.prepare('INSERT OR REPLACE INTO snapshot_block VALUES (?, ?)');
  const getBlock = db
    .prepare<[string], Buffer>('SELECT bytes FROM snapshot_block WHERE name = ?')
    .pluck();
  const removeUnusedBlocks = db.prepare(
    `DELETE FROM snapshot_block WHERE name NOT IN (
       SELECT block.value ->> 'storedAs' FROM snapshot, json_each(snapshot.blocks) AS block)`,
  );
  return {
    save({ name, sealed, bytes }, sequence) {
      const storedAs = sealed ? name : `${sequence}/${name}`;
      if (sealed && hasBlock.get(storedAs) !== undefined) return { name, storedAs, sealed };
      if (bytes === null) throw new StoreError('unknown', `Snapshot block ${name} has no bytes.`);
      putBlock.run(storedAs, zstdCompressSync(bytes, CHECKED));
      return { name, storedAs, sealed };
    },
    load({ name, storedAs, sealed }) {
      const stored = getBlock.get(storedAs);
      if (stored === undefined) throw new StoreError('corrupt', `Block ${storedAs} is missing.`);
      return { name, sealed, bytes: ownBytes(zstdDecompressSync(stored)) };
    },
    removeUnused() {
      removeUnusedBlocks.run();
    },
  };
}
