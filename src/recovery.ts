// After a crash: the newest snapshot, then the journal behind it through the same rooms.
import { deserialize, serialize } from 'node:v8';
import type { Normalized, Raised } from './model/batch.ts';
import type { OrderStatus } from './order/order-status.ts';
import type { Micros } from './model/micros.ts';
import type { Part } from './model/part.ts';
import { type Rooms, judge } from './pipeline.ts';
import type {
  CoreFault,
  JournalRow,
  Snapshot,
  SnapshotBlock,
  SnapshotChoice,
  StoreWriter,
} from './store/ports.ts';
import { StoreError } from './store/store-error.ts';

/** What a recovery needs of the rooms beyond their steps. */
export interface RecoverableRooms extends Rooms {
  readonly sensors: Rooms['sensors'] & {
    /** Sets a record aside for good: it is refused with `core-fault` from now on. */
    refuse(recordHash: string): void;
    /** Reads records again without touching the set of seen ids. */
    reread(batch: { sequence: number; parts: JournalRow['parts'] }): Normalized;
  };
  readonly order: Rooms['order'] & {
    heldFromSequence(): number | null;
    /** Takes back into the held events what was not released before the snapshot. */
    rehold(arrivals: Normalized['arrivals']): void;
    status(): OrderStatus;
  };
  readonly incidents: Rooms['incidents'] & {
    status(): { readonly lostEvents: ReadonlyMap<string, number> };
  };
}

/** Which rules and settings the state was made with. */
export interface InEffect {
  readonly ruleSetHash: string;
  readonly settingsHash: string;
}

export interface Recovered extends InEffect {
  readonly nextSequence: number;
  readonly lastReceivedAt: Micros;
  readonly snapshotSequence: number | null;
  readonly replayedRows: number;
  /** Seen by the state, not in the journal: it goes in front of the next part. */
  readonly idleTick: Part | null;
  readonly faults: readonly CoreFault[];
  /** Rows whose result differed from the stored one (a new engine, or a row without a result). */
  readonly differed: number;
}

/**
 * Raised with every change of what the rooms keep: a state of another shape is not read, and what it
 * stood for is made again from what lies before it.
 */
const SNAPSHOT_FORMAT = 1;

interface SavedState {
  readonly format: number;
  readonly rooms: Record<keyof Rooms, unknown>;
  readonly blocks: readonly string[];
  readonly idleTick: Part | null;
}

interface StateWithBlocks {
  readonly blocks: readonly SnapshotBlock[];
}

const hasBlocks = (state: unknown): state is StateWithBlocks =>
  typeof state === 'object' && state !== null && 'blocks' in state;

/**
 * The state between two batches, ready for the store. Only `sensors` keeps blocks.
 *
 * @param idleTick a tick the rooms have seen that waits to be written in front of the next part; the
 * run that goes on from here has to write it, or the journal alone would not lead to this state.
 */
export function takeSnapshot(
  rooms: RecoverableRooms,
  at: InEffect & { sequence: number; engine: string; receivedAt: Micros },
  idleTick: Part | null = null,
): Snapshot {
  const sensors = rooms.sensors.snapshot();
  const blocks = hasBlocks(sensors) ? sensors.blocks : [];
  const saved: SavedState = {
    format: SNAPSHOT_FORMAT,
    rooms: {
      sensors: hasBlocks(sensors) ? { ...sensors, blocks: [] } : sensors,
      order: rooms.order.snapshot(),
      enrich: rooms.enrich.snapshot(),
      detect: rooms.detect.snapshot(),
      correlate: rooms.correlate.snapshot(),
      incidents: rooms.incidents.snapshot(),
    },
    blocks: blocks.map((block) => block.name),
    idleTick,
  };
  return {
    ...at,
    heldFromSequence: rooms.order.heldFromSequence() ?? at.sequence + 1,
    state: serialize(saved),
    blocks,
  };
}

interface UsableSnapshot {
  readonly snapshot: Snapshot;
  readonly saved: SavedState;
}

/** The newest or oldest snapshot whose state this version can go on with; null if there is none. */
export async function loadUsable(
  writer: StoreWriter,
  from: SnapshotChoice,
): Promise<UsableSnapshot | null> {
  let snapshot = await writer.loadSnapshot(from);
  while (snapshot !== null) {
    const usable = readSnapshot(snapshot);
    if (usable !== null) return usable;
    snapshot = await writer.loadSnapshot(from, snapshot.sequence);
  }
  return null;
}

/** A snapshot with its state; null if that is of another shape than this version's. */
export function readSnapshot(snapshot: Snapshot): UsableSnapshot | null {
  try {
    const saved = deserialize(snapshot.state) as SavedState | null;
    return saved?.format === SNAPSHOT_FORMAT ? { snapshot, saved } : null;
  } catch {
    // Another Node may have written what this one can not read.
    return null;
  }
}

/**
 * Puts a snapshot's state into fresh rooms. Held events are not in it; see `rehold`.
 *
 * @returns the tick it has seen that was not written yet, if any.
 */
export function restoreSnapshot(
  rooms: RecoverableRooms,
  { snapshot, saved }: UsableSnapshot,
): Part | null {
  const sensors = saved.rooms.sensors;
  rooms.sensors.restore(
    hasBlocks(sensors) ? { ...sensors, blocks: snapshot.blocks } : saved.rooms.sensors,
  );
  rooms.order.restore(saved.rooms.order);
  rooms.enrich.restore(saved.rooms.enrich);
  rooms.detect.restore(saved.rooms.detect);
  rooms.correlate.restore(saved.rooms.correlate);
  rooms.incidents.restore(saved.rooms.incidents);
  return saved.idleTick;
}

export interface RecoverOptions {
  /** Where to begin; the newest snapshot unless said otherwise. */
  readonly from?: SnapshotChoice;
  /** Stores the result of a row; called for every row whose result is missing or another one. */
  readonly rewrite: (batch: Raised, row: JournalRow, inEffect: InEffect) => Promise<void>;
  /** Rewrites rows with an equal result too, in case what was made of it is damaged. */
  readonly rewritesAll?: boolean;
}

/**
 * Brings fresh rooms to the state after the last journal row. Rows behind the snapshot are judged
 * again; a result that equals the stored one is discarded, any other is written over it.
 *
 * @throws StoreError `corrupt` if no snapshot can be read and the journal does not reach back to its
 * first row: rules, settings and open incidents would be missing without a word.
 */
export async function recover(
  rooms: RecoverableRooms,
  writer: StoreWriter,
  options: RecoverOptions,
): Promise<Recovered> {
  const { from = 'newest', rewrite, rewritesAll = false } = options;
  const faults = await writer.readFaults();
  for (const fault of faults) refuseFault(rooms, fault);
  const { snapshot, keptTick } = await restoreOrBeginEmpty(rooms, writer, from);
  const begin = beginningOf(snapshot);
  const state = { ...begin, replayedRows: 0, differed: 0 };
  for await (const row of writer.readJournal(begin.heldFromSequence)) {
    if (row.sequence <= begin.sequence) {
      rooms.order.rehold(rooms.sensors.reread(row).arrivals);
      continue;
    }
    const raised = judge(rooms, row);
    const differs = writer.outputHash(raised) !== row.outputHash;
    Object.assign(state, noteControls(row, state));
    state.sequence = row.sequence;
    state.replayedRows += 1;
    state.differed += Number(differs);
    if (differs || rewritesAll) await rewrite(raised, row, state);
  }
  const nextSequence = Math.max(state.sequence, await writer.lastSequence()) + 1;
  // A row behind the snapshot has it, or a newer one, in front of its parts.
  const idleTick = state.replayedRows === 0 ? keptTick : null;
  return { ...state, nextSequence, idleTick, snapshotSequence: snapshot?.sequence ?? null, faults };
}

/** Does the journal still lead from nothing to the present state? */
export async function isWhole(writer: StoreWriter): Promise<boolean> {
  for await (const oldest of writer.readJournal(0)) return oldest.sequence === 1;
  return (await writer.lastSequence()) === 0;
}

async function restoreOrBeginEmpty(
  rooms: RecoverableRooms,
  writer: StoreWriter,
  from: SnapshotChoice,
): Promise<{ readonly snapshot: Snapshot | null; readonly keptTick: Part | null }> {
  const usable = await loadUsable(writer, from);
  if (usable !== null) {
    return { snapshot: usable.snapshot, keptTick: restoreSnapshot(rooms, usable) };
  }
  if (await isWhole(writer)) return { snapshot: null, keptTick: null };
  const isOfAnother = (await writer.loadSnapshot()) !== null;
  const why = isOfAnother
    ? 'The snapshots are of another version of Eyrie, and the first rows of the journal were deleted by age or size: what they led to can not be made again. Use that version.'
    : 'No snapshot can be read, and the first rows of the journal were deleted by age or size: what they led to can not be made again. Use a backup.';
  throw new StoreError('corrupt', why);
}

function beginningOf(snapshot: Snapshot | null) {
  if (snapshot === null) {
    const nothing = { ruleSetHash: '', settingsHash: '', lastReceivedAt: 0 };
    return { ...nothing, sequence: 0, heldFromSequence: 0 };
  }
  const { ruleSetHash, settingsHash, receivedAt, sequence, heldFromSequence } = snapshot;
  return { ruleSetHash, settingsHash, lastReceivedAt: receivedAt, sequence, heldFromSequence };
}

function refuseFault(rooms: RecoverableRooms, fault: CoreFault): void {
  if (fault.recordHash !== null) rooms.sensors.refuse(fault.recordHash);
}

/** Follows which rules and settings a journal row brought into effect. */
export function noteControls(
  row: Pick<JournalRow, 'parts'>,
  before: InEffect & { lastReceivedAt: Micros },
): InEffect & { lastReceivedAt: Micros } {
  let { ruleSetHash, settingsHash, lastReceivedAt } = before;
  for (const part of row.parts) {
    lastReceivedAt = resetsClock(part)
      ? part.receivedAt
      : Math.max(lastReceivedAt, part.receivedAt);
    if (part.origin.kind === 'rules') ruleSetHash = hashOf(part) ?? ruleSetHash;
    if (part.origin.kind === 'settings') settingsHash = hashOf(part) ?? settingsHash;
  }
  return { ruleSetHash, settingsHash, lastReceivedAt };
}

/** An administrator set the clock back: what was received "later" before does not count any more. */
function resetsClock(part: JournalRow['parts'][number]): boolean {
  if (part.origin.kind !== 'clock') return false;
  return controlOf(part).kind === 'clock-reset';
}

/** The hash a rule set or settings record names; undefined for an order to disable a rule. */
const hashOf = (part: JournalRow['parts'][number]): string | undefined => controlOf(part).hash;

/** Rules, settings and the clock come one record to a part, written by Eyrie itself. */
function controlOf(part: JournalRow['parts'][number]): { kind?: string; hash?: string } {
  const record = part.records[0];
  if (record === undefined) return {};
  return JSON.parse(Buffer.from(record.bytes).toString('utf8')) as { kind?: string; hash?: string };
}
