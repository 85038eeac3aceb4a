import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { MICROS_PER_SECOND } from '../model/micros.ts';
import type { Db } from './database.ts';
import { ownBytes } from './own-bytes.ts';
import type { Snapshot, SnapshotChoice } from './ports.ts';
import {
  type BlockEntry,
  type BlockMessage,
  CHECKED,
  createSnapshotBlocks,
} from './snapshot-blocks.ts';

/** A snapshot on its way to the writer: blocks that are stored already come without their bytes. */
export interface SnapshotMessage extends Omit<Snapshot, 'blocks'> {
  readonly blocks: readonly BlockMessage[];
}

export interface SnapshotStore {
  /** Stores a snapshot and removes those no longer kept; within one transaction. */
  save(snapshot: SnapshotMessage): void;
  /** The newest or oldest (behind `beyond`) that can be read whole and has all rows, or null. */
  load(which: SnapshotChoice, beyond?: number): Snapshot | null;
  /** Names of the sealed blocks that are stored. */
  sealedBlocks(): readonly string[];
  /** Oldest journal row that the two newest snapshots need; null while there are not two. */
  neededFrom(): number | null;
  /** Removes snapshots that need journal rows before this one. */
  dropBefore(sequence: number): void;
}

interface SnapshotRow {
  readonly sequence: number;
  readonly held_from_sequence: number;
  readonly engine: string;
  readonly rule_set_hash: string;
  readonly settings_hash: string;
  readonly received_at: number;
  readonly blocks: string;
  readonly state: Buffer;
}

/** What needs a journal row that is gone leads nowhere. */
const USABLE_NEWEST_FIRST = `SELECT sequence FROM snapshot
  WHERE held_from_sequence >= ifnull((SELECT min(sequence) FROM journal), 0)
  ORDER BY sequence DESC`;
const DAY_MICROS = 86_400 * MICROS_PER_SECOND;

export function createSnapshotStore(db: Db): SnapshotStore {
  const put = db.prepare(
    `INSERT OR REPLACE INTO snapshot VALUES (@sequence, @heldFromSequence, @engine, @ruleSetHash,
       @settingsHash, @receivedAt, @blocks, @state)`,
  );
  const blocks = createSnapshotBlocks(db);
  const sequences = db.prepare<[], number>(USABLE_NEWEST_FIRST).pluck();
  const get = db.prepare<[number], SnapshotRow>('SELECT * FROM snapshot WHERE sequence = ?');
  const newestTwo = db
    .prepare<[], number>('SELECT held_from_sequence FROM snapshot ORDER BY sequence DESC LIMIT 2')
    .pluck();
  // The newest two, and of each day of received time the newest one.
  const removeOld = db.prepare(
    `DELETE FROM snapshot
     WHERE sequence NOT IN (SELECT sequence FROM snapshot ORDER BY sequence DESC LIMIT 2)
       AND sequence NOT IN (
         SELECT max(sequence) FROM snapshot GROUP BY CAST(received_at / ? AS INTEGER))`,
  );
  const removeBefore = db.prepare('DELETE FROM snapshot WHERE held_from_sequence < ?');

  const loadOne = (sequence: number): Snapshot | null => {
    const row = get.get(sequence);
    if (row === undefined) return null;
    const entries = JSON.parse(row.blocks) as BlockEntry[];
    return {
      sequence: row.sequence,
      heldFromSequence: row.held_from_sequence,
      engine: row.engine,
      ruleSetHash: row.rule_set_hash,
      settingsHash: row.settings_hash,
      receivedAt: row.received_at,
      state: ownBytes(zstdDecompressSync(row.state)),
      blocks: entries.map((entry) => blocks.load(entry)),
    };
  };
  return {
    save(snapshot) {
      const { sequence } = snapshot;
      const entries = snapshot.blocks.map((block) => blocks.save(block, sequence));
      const state = zstdCompressSync(snapshot.state, CHECKED);
      put.run({ ...snapshot, blocks: JSON.stringify(entries), state });
      removeOld.run(DAY_MICROS);
      blocks.removeUnused();
    },
    load(which, beyond) {
      const newestFirst = sequences.all();
      const order = which === 'newest' ? newestFirst : newestFirst.toReversed();
      const rest = beyond === undefined ? order : order.slice(order.indexOf(beyond) + 1);
      for (const sequence of rest) {
        const loaded = attempt(() => loadOne(sequence));
        if (loaded !== null) return loaded;
      }
      return null;
    },
    sealedBlocks() {
      const lists = db.prepare<[], string>('SELECT blocks FROM snapshot').pluck().all();
      const entries = lists.flatMap((list) => JSON.parse(list) as BlockEntry[]);
      return [...new Set(entries.filter((entry) => entry.sealed).map((entry) => entry.name))];
    },
    neededFrom() {
      const held = newestTwo.all();
      return held.length < 2 ? null : Math.min(...held);
    },
    dropBefore(sequence) {
      if (removeBefore.run(sequence).changes > 0) blocks.removeUnused();
    },
  };
}

/** A snapshot that can not be read only costs a longer recovery from an older one. */
function attempt<Result>(read: () => Result): Result | null {
  try {
    return read();
  } catch {
    return null;
  }
}
