import { hash } from 'node:crypto';
import { LIMITS } from '../config/limits.ts';
import type { Arrival, Normalized, Received } from '../model/batch.ts';
import type { Micros } from '../model/micros.ts';
import type { Control } from '../model/observation.ts';
import type { JournalRef, Part, RawRecord } from '../model/part.ts';
import type { Progress, Room } from '../model/room.ts';
import { decodeRecord, NOT_AN_OBJECT, reject } from './decode-record.ts';
import { readControl } from './read-control.ts';
import { EventReader } from './read-event.ts';
import { type SeenBlock, SeenIds, type SeenLimits, type SeenState } from './seen-ids.ts';

export interface SensorsOptions {
  /** SHA-256 hashes, in hexadecimal digits, of records that once made the core throw. */
  readonly faults: ReadonlySet<string>;
  readonly seenLimits?: SeenLimits;
  /** Is what repeats in events read only once? That changes no answer; the default is true. */
  readonly reuse?: boolean;
}

/** Turns raw records into events and controls. */
export interface SensorsRoom extends Room<Received, Normalized> {
  /** Sets a record aside for good: it is refused with `core-fault` from now on. */
  refuse(recordHash: string): void;
  /**
   * Reads a batch of an earlier journal row again without touching the seen ids: copies are told
   * only among the batches read again since the last step.
   */
  reread(batch: Received): Normalized;
  snapshot(): SensorsState;
}

interface SensorsState {
  readonly seen: SeenState;
  /** The log of seen ids, which mostly grows; the store keeps it apart. */
  readonly blocks: readonly SeenBlock[];
}

interface RecordPlace {
  readonly record: RawRecord;
  readonly part: Part;
  readonly journal: JournalRef;
}

const EMPTY_INDEXES: readonly number[] = [];
const { rejection: CORE_FAULT } = reject(
  'core-fault',
  'Eyrie once failed on this record and sets it aside; please report it with the dead letter.',
);

/** Room 2: decodes, checks and normalizes each record, gives events their ids, tells copies. */
export function createSensorsRoom(options: SensorsOptions): SensorsRoom {
  const faults = new Set(options.faults);
  const seen = new SeenIds(options.seenLimits);
  const reader = new EventReader({ reuse: options.reuse ?? true });
  const progress: Progress = { record: null, ruleId: null };
  /** Ids of batches read again; null while none are. */
  let reread: Set<string> | null = null;

  const isNew = (id: string, receivedAt: Micros): boolean => {
    if (reread === null) return seen.add(id, receivedAt);
    const before = reread.size;
    return reread.add(id).size > before;
  };

  const readOne = ({ record, part, journal }: RecordPlace): Arrival => {
    const { origin } = part;
    if (faults.size > 0 && faults.has(hash('sha256', record.bytes, 'hex'))) {
      return { outcome: 'rejected', rejection: CORE_FAULT };
    }
    if (origin.kind !== 'events') return readControlRecord(record, origin.kind, journal);
    const result = reader.read({ record, part, origin, journal });
    if (result.outcome !== 'read') return result;
    const outcome = isNew(result.event.id, part.receivedAt) ? 'accepted' : 'duplicate';
    return { outcome, event: result.event };
  };

  const fold = (batch: Received): Normalized => {
    const faultIndexes = batch.faultIndexes ?? EMPTY_INDEXES;
    const arrivals: Arrival[] = [];
    for (const part of batch.parts) {
      for (const record of part.records) {
        const journal = { sequence: batch.sequence, index: arrivals.length };
        progress.record = part.origin.kind === 'clock' ? null : journal;
        const isFault = faultIndexes.includes(journal.index);
        const arrival: Arrival = isFault
          ? { outcome: 'rejected', rejection: CORE_FAULT }
          : readOne({ record, part, journal });
        arrivals.push(arrival);
        if (reread === null && arrival.outcome === 'control') age(seen, arrival.control);
      }
    }
    progress.record = null;
    return { ...batch, arrivals };
  };

  return {
    name: 'sensors',
    progress,
    step(batch) {
      reread = null;
      return fold(batch);
    },
    reread(batch) {
      reread ??= new Set();
      return fold(batch);
    },
    refuse(recordHash) {
      faults.add(recordHash);
    },
    snapshot: () => ({ seen: seen.state(), blocks: seen.snapshotBlocks() }),
    restore(state) {
      const saved = state as SensorsState;
      seen.restore(saved.seen, saved.blocks);
      reread = null;
    },
  };
}

function age(seen: SeenIds, control: Control): void {
  if (control.kind === 'tick') seen.tick(control.receivedAt);
}

function readControlRecord(
  record: RawRecord,
  origin: Parameters<typeof readControl>[1],
  journal: JournalRef,
): Arrival {
  // Eyrie wrote all but the actions itself, and a rule set may be larger than any event.
  const bytesMax = origin === 'actions' ? LIMITS.recordBytesMax : Number.POSITIVE_INFINITY;
  const decoded = decodeRecord(record.bytes, bytesMax);
  const code = origin === 'actions' ? 'invalid-action' : 'invalid-shape';
  if (decoded.kind === 'text') {
    return { outcome: 'rejected', rejection: reject(code, 'The record is no JSON.').rejection };
  }
  if (decoded.kind === 'list') return { outcome: 'rejected', rejection: NOT_AN_OBJECT.rejection };
  if (decoded.kind === 'rejected') return { outcome: 'rejected', rejection: decoded.rejection };
  const result = readControl(decoded.root, origin);
  if (result.kind === 'rejected') return { outcome: 'rejected', rejection: result.rejection };
  return { outcome: 'control', control: result.control, journal };
}
