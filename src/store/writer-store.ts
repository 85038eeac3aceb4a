// What the writer thread does: everything that changes the database, one call after the other.
import { statSync } from 'node:fs';
import { LIMITS } from '../config/limits.ts';
import type { Micros } from '../model/micros.ts';
import type { SourcePosition } from '../model/part.ts';
import { createAuditChain } from './audit-chain.ts';
import type { BatchMessage } from './batch-message.ts';
import { writeBatch } from './batch-writer.ts';
import { carryOver, readIncidentNumbers } from './carry-over.ts';
import { type CommitGuard, createCommitGuard } from './commit-guard.ts';
import { type CommitOutcome, createCommitter } from './committer.ts';
import { type Db, type Durability, openForWriting } from './database.ts';
import { createDeadLetters } from './dead-letters.ts';
import { createEvidenceWriter } from './evidence-writer.ts';
import { createFaultStore, type FaultMessage } from './fault-store.ts';
import { lockFile } from './file-lock.ts';
import { createIncidentNumbers } from './incident-numbers.ts';
import { createJournalIndex } from './journal-index.ts';
import { createJournalReader, type JournalPage } from './journal-reader.ts';
import { createJournalRetention, type RetentionLimits } from './journal-retention.ts';
import { createJournalWriter } from './journal-writer.ts';
import { createKeyDictionary } from './key-dictionary.ts';
import { createMetaWriter, readMeta } from './meta.ts';
import type { CoreFault, Snapshot, SnapshotChoice } from './ports.ts';
import { createRawRecords } from './raw-records.ts';
import { createResultWriter } from './result-writer.ts';
import { createSetAside } from './set-aside.ts';
import { createSnapshotStore, type SnapshotMessage } from './snapshot-store.ts';
import { readSourcePositions } from './source-positions.ts';
import { StoreError, toStoreError } from './store-error.ts';

export interface WriterStoreOptions {
  readonly file: string;
  readonly durability: Durability;
  /** An older database whose incidents keep their numbers here; for a rebuild. */
  readonly numbersFrom: string | null;
  readonly retention: RetentionLimits;
}

/** All calls may throw a StoreError. */
export interface WriterStore {
  commitAll(messages: readonly BatchMessage[]): readonly CommitOutcome[];
  /** Memory of committed batches that the store does not need any more. */
  takeSpares(): readonly ArrayBuffer[];
  /** Returns the names of the sealed blocks that are stored now. */
  saveSnapshot(snapshot: SnapshotMessage): readonly string[];
  loadSnapshot(which?: SnapshotChoice, beyond?: number): Snapshot | null;
  /** The file must not be there yet. */
  copyTo(file: string): void;
  sealedBlocks(): readonly string[];
  readRows(from: number): JournalPage;
  lastSequence(): number;
  readPositions(): readonly SourcePosition[];
  recordFault(message: FaultMessage): void;
  readFaults(): readonly CoreFault[];
  retainStep(now: Micros): number;
  /** For tests of a full disk: the file may not grow past so many pages. */
  setMaxPageCount(pages: number): void;
  close(): void;
}

const LOG_CHECK_INTERVAL = 64;

/** Takes the lock and opens the database. Throws a StoreError if either can not be had. */
export function openWriterStore(options: WriterStoreOptions): WriterStore {
  const lock = lockFile(options.file);
  try {
    const db = openForWriting(options.file, options.durability);
    const sections = createSections(db, options);
    return createWriterStore(sections, options, () => {
      db.close();
      lock.release();
    });
  } catch (error) {
    lock.release();
    throw toStoreError(error);
  }
}

type Sections = ReturnType<typeof createSections>;

function createSections(db: Db, { numbersFrom, retention: limits }: WriterStoreOptions) {
  if (numbersFrom !== null && isFresh(db)) carryOver(db, numbersFrom);
  const meta = createMetaWriter(db);
  const known = numbersFrom === null ? new Map() : readIncidentNumbers(numbersFrom);
  const numbers = createIncidentNumbers(db, meta, known);
  const keys = createKeyDictionary(db);
  const raws = createRawRecords(db);
  const letters = createDeadLetters(db, meta);
  const index = createJournalIndex(db, keys);
  const journal = createJournalWriter(db, index, meta);
  const snapshots = createSnapshotStore(db);
  return {
    db,
    journal,
    letters,
    raws,
    snapshots,
    results: createResultWriter(db, numbers),
    evidence: createEvidenceWriter(db, raws),
    audit: createAuditChain(db),
    faults: createFaultStore(db, { journal, raws, letters, setAside: createSetAside(db) }),
    retention: createJournalRetention(db, { index, meta, snapshots, limits }),
    /** What is remembered of the database may have been rolled back with it. */
    forget() {
      keys.clear();
      raws.clear();
      letters.reload();
      numbers.reload();
    },
  };
}

function createWriterStore(
  sections: Sections,
  options: WriterStoreOptions,
  close: () => void,
): WriterStore {
  const { db, snapshots, faults, retention } = sections;
  const lastSequence = (): number => readMeta(db, 'last_sequence');
  const guard = createCommitGuard(lastSequence);
  const inTransaction = <Result>(action: () => Result): Result => {
    try {
      return db.transaction(action).immediate();
    } catch (error) {
      sections.forget();
      throw toStoreError(error);
    }
  };
  const write = (message: BatchMessage): number => writeBatch(sections, message);
  const commitAll = createCommitter({ guard, inTransaction, write });
  let calls = 0;

  return {
    commitAll(messages) {
      calls += 1;
      if (calls % LOG_CHECK_INTERVAL === 0) truncateLog(db, options.file);
      return commitAll(messages);
    },
    takeSpares: () => sections.raws.takeSpares(),
    saveSnapshot(snapshot) {
      inTransaction(() => {
        checkStored(snapshot, lastSequence(), guard);
        snapshots.save(snapshot);
      });
      return snapshots.sealedBlocks();
    },
    loadSnapshot: (which = 'newest', beyond) => snapshots.load(which, beyond),
    copyTo(file) {
      try {
        db.prepare('VACUUM INTO ?').run(file);
      } catch (error) {
        throw toStoreError(error);
      }
    },
    sealedBlocks: () => snapshots.sealedBlocks(),
    readRows: createJournalReader(db),
    lastSequence,
    readPositions: () => readSourcePositions(db),
    recordFault(message) {
      inTransaction(() => faults.record(message));
    },
    readFaults: () => faults.list(),
    retainStep(now) {
      truncateLog(db, options.file);
      return retention.step(now);
    },
    setMaxPageCount(pages) {
      db.pragma(`max_page_count = ${pages}`);
    },
    close,
  };
}

/** A snapshot of a state that the journal does not lead to would be worse than none. */
function checkStored({ sequence }: SnapshotMessage, last: number, guard: CommitGuard): void {
  if (sequence <= last) return;
  const why = `Journal row ${sequence} is not stored, so its snapshot can not be.`;
  throw new StoreError(guard.blockedBy() ?? 'unknown', why);
}

function isFresh(db: Db): boolean {
  const found = db
    .prepare<[], { used: number }>(
      'SELECT EXISTS (SELECT 1 FROM journal) OR EXISTS (SELECT 1 FROM audit) AS used',
    )
    .get();
  return found?.used === 0;
}

/** A reader that stayed long may have kept the log from being written back; it is cut here. */
function truncateLog(db: Db, file: string): void {
  const log = statSync(`${file}-wal`, { throwIfNoEntry: false });
  if (log !== undefined && log.size > LIMITS.walBytesMax) db.pragma('wal_checkpoint(TRUNCATE)');
}
