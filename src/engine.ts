// The core with its store: opened, recovered, fed by an intake, and stopped in good order.
import { createHash } from 'node:crypto';
import { merge, type Observable, type Subscription } from 'rxjs';
import { createReceiptClock, controlPart, type ReceiptClock } from './ingest/clock.ts';
import { createIntake, type Intake } from './ingest/intake.ts';
import type { Raised, Received } from './model/batch.ts';
import type { Receipt } from './model/incident.ts';
import { MICROS_PER_MS, type Micros } from './model/micros.ts';
import type { AnalystAction, RuleSetChange, SettingsChange } from './model/observation.ts';
import type { Part } from './model/part.ts';
import { CoreFaultError, createCursor, pipeline, type Stored } from './pipeline.ts';
import {
  type InEffect,
  noteControls,
  type RecoverableRooms,
  recover,
  type Recovered,
  takeSnapshot,
} from './recovery.ts';
import { createFlow } from './rx/flow.ts';
import type { CoreFault, RowContext, StoreWriter } from './store/ports.ts';

export interface EngineOptions {
  readonly rooms: RecoverableRooms;
  readonly writer: StoreWriter;
  /** Version of the engine, kept with every row and snapshot. */
  readonly engine: string;
  /** Name of the run, kept with every row. */
  readonly run: string;
  readonly wallTime: () => Micros;
  /** Bytes of deliveries that may be inside at once. */
  readonly intakeBytesMax: number;
  /** A snapshot is due after so many records or so long, whichever is first; one more at the end. */
  readonly snapshots: { readonly events: number; readonly intervalMs: number };
  readonly observer: EngineObserver;
}

/** Told what happens, for logs and metrics. */
export interface EngineObserver {
  onStored(stored: Stored): void;
  onStall(stalled: boolean, error: unknown): void;
  onSnapshot(sequence: number, tookMs: number): void;
  onSnapshotFailed(error: unknown): void;
  onFault(fault: CoreFault): void;
  onRecovered(recovered: Recovered): void;
}

export interface Engine {
  readonly intake: Intake;
  readonly clock: ReceiptClock;
  readonly recovered: Recovered;
  /** Rejects when the engine can not go on; resolves when everything delivered is stored. */
  readonly done: Promise<void>;
  readonly stalled: boolean;
  readonly lastSnapshotSequence: number | null;
  /** Connects a source besides the intake, such as the ticks. */
  connect(parts$: Observable<Part>): void;
  submitAction(action: Omit<AnalystAction, 'at' | 'kind'>): Promise<Receipt>;
  /** Brings rules and settings into effect unless they already are. */
  bringIntoEffect(rules: RuleSetChange, settings: SettingsChange): Promise<void>;
  /** Takes nothing more, works off what is inside, writes a snapshot. */
  stop(): Promise<void>;
}

/** Opens the engine on a store: recovers, then waits for deliveries. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const { rooms, writer, observer } = options;
  const clock = createReceiptClock(options.wallTime);
  const recovered = await recoverOrReport(options);
  clock.advanceTo(recovered.lastReceivedAt);
  observer.onRecovered(recovered);

  const intake = createIntake(options.intakeBytesMax);
  const flow = createFlow();
  const cursor = createCursor(recovered.nextSequence);
  const sources: Subscription[] = [];
  const inEffect: Mutable<InEffect & { lastReceivedAt: Micros }> = { ...recovered };
  const state = {
    stalled: false,
    lastSnapshotSequence: recovered.snapshotSequence,
    eventsSinceSnapshot: 0,
    snapshotAt: options.wallTime(),
  };

  const snapshot = async (): Promise<void> => {
    const began = options.wallTime();
    const sequence = cursor.next - 1;
    state.eventsSinceSnapshot = 0;
    state.snapshotAt = began;
    const taken = takeSnapshot(rooms, {
      sequence,
      engine: options.engine,
      receivedAt: inEffect.lastReceivedAt,
      ruleSetHash: inEffect.ruleSetHash,
      settingsHash: inEffect.settingsHash,
    });
    await writer.saveSnapshot(taken);
    state.lastSnapshotSequence = sequence;
    observer.onSnapshot(sequence, (options.wallTime() - began) / MICROS_PER_MS);
  };
  const snapshotIfDue = (records: number): void => {
    state.eventsSinceSnapshot += records;
    if (state.stalled) return;
    const elapsedMs = (options.wallTime() - state.snapshotAt) / MICROS_PER_MS;
    const due =
      state.eventsSinceSnapshot >= options.snapshots.events ||
      (elapsedMs >= options.snapshots.intervalMs && state.eventsSinceSnapshot > 0);
    // A snapshot that can not be written costs a longer recovery, never an event.
    if (due) snapshot().catch((error: unknown) => observer.onSnapshotFailed(error));
  };
  const commit = (batch: Raised) => {
    Object.assign(inEffect, noteControls(batch, inEffect));
    return writer.commit(batch, rowContext(options, inEffect, true));
  };

  const stored$ = pipeline(intake.deliveries$, {
    rooms,
    flow,
    cursor,
    commit,
    retryable: isDiskFull,
    onStall(stalled, error) {
      state.stalled = stalled;
      intake.pause(stalled);
      observer.onStall(stalled, error);
    },
  });
  const done = new Promise<void>((resolve, reject) => {
    stored$.subscribe({
      next(stored) {
        settle(stored);
        observer.onStored(stored);
        if (stored.result !== null) snapshotIfDue(stored.batch.arrivals.length);
      },
      error(error: unknown) {
        intake.close();
        reportFault(options, inEffect, error).then(
          () => reject(toError(error)),
          () => reject(toError(error)),
        );
      },
      complete: resolve,
    });
  });
  done.catch(() => {});

  return {
    intake,
    clock,
    recovered,
    done,
    get stalled() {
      return state.stalled;
    },
    get lastSnapshotSequence() {
      return state.lastSnapshotSequence;
    },
    connect(parts$) {
      sources.push(
        merge(parts$).subscribe((part) => {
          if (intake.open || state.stalled) intake.deliver([part]).catch(() => {});
        }),
      );
    },
    async submitAction(action) {
      const at = clock.now();
      const part = controlPart('actions', { kind: 'action', ...action, at }, at);
      const outcome = await intake.deliver([part]);
      const receipt = outcome.receipts.find((candidate) => candidate.actionId === action.id);
      return receipt ?? refusedAction(action, outcome.arrivals[0]);
    },
    async bringIntoEffect(rules, settings) {
      const at = clock.now();
      const parts: Part[] = [];
      if (settings.hash !== inEffect.settingsHash)
        parts.push(controlPart('settings', settings, at));
      if (rules.hash !== inEffect.ruleSetHash) parts.push(controlPart('rules', rules, at));
      if (parts.length > 0) await intake.deliver(parts);
    },
    async stop() {
      for (const source of sources) source.unsubscribe();
      intake.close();
      await done;
      await snapshot().catch((error: unknown) => observer.onSnapshotFailed(error));
    },
  };
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

const isDiskFull = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'disk-full' || error.code === 'busy');

const toError = (error: unknown): Error =>
  error instanceof Error ? error : new Error(String(error));

function rowContext(options: EngineOptions, inEffect: InEffect, newRow: boolean): RowContext {
  return {
    run: options.run,
    engine: options.engine,
    ruleSetHash: inEffect.ruleSetHash,
    settingsHash: inEffect.settingsHash,
    wallTime: options.wallTime(),
    faultIndexes: [],
    newRow,
  };
}

/** Answers every door of a stored batch with what became of its own records. */
function settle({ batch }: Stored): void {
  let index = batch.leadingTicks;
  for (const delivery of batch.deliveries) {
    let records = 0;
    for (const part of delivery.parts) records += part.records.length;
    delivery.settle({
      arrivals: batch.arrivals.slice(index, index + records),
      receipts: batch.receipts,
    });
    index += records;
  }
}

function refusedAction(
  action: Omit<AnalystAction, 'at' | 'kind'>,
  arrival: { outcome: string; rejection?: { detail: string } } | undefined,
): Receipt {
  return {
    actionId: action.id,
    status: 'conflict',
    incidentId: action.incidentId,
    version: null,
    state: null,
    heldEvents: 0,
    detail: arrival?.rejection?.detail ?? 'The action was not understood.',
  };
}

async function recoverOrReport(options: EngineOptions): Promise<Recovered> {
  const { rooms, writer } = options;
  let inEffect: InEffect = { ruleSetHash: '', settingsHash: '' };
  try {
    return await recover(rooms, writer, async (batch, row, current) => {
      inEffect = current;
      const context = { ...rowContext(options, current, false), faultIndexes: row.faultIndexes };
      await writer.commit(batch, { ...context, run: row.run });
    });
  } catch (error) {
    await reportFault(options, inEffect, error);
    throw error;
  }
}

/**
 * Keeps what the core failed on, so that the next start sets that record aside. The raw batch goes
 * into the journal without a result: nothing that came with it is lost.
 */
async function reportFault(
  options: EngineOptions,
  inEffect: InEffect,
  error: unknown,
): Promise<void> {
  if (!(error instanceof CoreFaultError)) return;
  const { writer, observer } = options;
  const { batch, progress } = error;
  const known = await writer.readFaults();
  const again = known.some((fault) => fault.sequence === batch.sequence);
  const blameRule = progress.ruleId !== null && (again || progress.record === null);
  const record = blameRule ? null : await blamedRecord(writer, batch, progress.record);
  const cause = toError(error.cause);
  const fault: CoreFault = {
    at: options.wallTime(),
    room: error.room,
    ruleId: blameRule ? progress.ruleId : null,
    recordHash: record === null ? null : sha256(record.bytes),
    sequence: batch.sequence,
    recordIndex: record === null || record.sequence !== batch.sequence ? null : record.index,
    message: cause.message,
    stack: cause.stack ?? '',
  };
  const disable = blameRule ? [disableRulePart(fault, batch)] : [];
  const faultIndexes = fault.recordIndex === null ? [] : [fault.recordIndex];
  const context = { ...rowContext(options, inEffect, !again), faultIndexes };
  await writer.recordFault(fault, [...disable, ...batch.parts], context);
  observer.onFault(fault);
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function disableRulePart(fault: CoreFault, batch: Received): Part {
  const receivedAt = batch.parts[0]?.receivedAt ?? fault.at;
  const reason = `It made the core fail: ${fault.message}`;
  return controlPart(
    'rules',
    { kind: 'rule-disabled', ruleId: fault.ruleId ?? '', reason },
    receivedAt,
  );
}

interface BlamedRecord {
  readonly sequence: number;
  readonly index: number;
  readonly bytes: Uint8Array;
}

/** The record a fault names: in this batch, or, for an event that was held, in an earlier row. */
async function blamedRecord(
  writer: StoreWriter,
  batch: Received,
  ref: { sequence: number; index: number } | null,
): Promise<BlamedRecord | null> {
  // Without a name the first record of the batch is set aside, so that a restart makes progress.
  const { sequence, index } = ref ?? { sequence: batch.sequence, index: 0 };
  if (sequence === batch.sequence) return recordAt(batch, sequence, index);
  for await (const row of writer.readJournal(sequence)) return recordAt(row, sequence, index);
  return null;
}

function recordAt(
  row: { readonly parts: readonly Part[] },
  sequence: number,
  index: number,
): BlamedRecord | null {
  const record = row.parts.flatMap((part) => part.records)[index];
  return record === undefined ? null : { sequence, index, bytes: record.bytes };
}
