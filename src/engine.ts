// The core with its store: opened, recovered, fed by an intake, and stopped in good order.
import { lastValueFrom, type Observable, type Subscription, tap } from 'rxjs';
import { controlPart, createReceiptClock, type ReceiptClock } from './ingest/clock.ts';
import { createIntake, type Intake } from './ingest/intake.ts';
import type { Raised } from './model/batch.ts';
import type { Receipt } from './model/incident.ts';
import { MICROS_PER_MS, type Micros } from './model/micros.ts';
import type { AnalystAction, RuleSetChange, SettingsChange } from './model/observation.ts';
import type { Part } from './model/part.ts';
import { createCursor, type Cursor, pipeline, type Stored } from './pipeline.ts';
import {
  type InEffect,
  noteControls,
  type RecoverableRooms,
  recover,
  type Recovered,
  takeSnapshot,
} from './recovery.ts';
import { refusedIndexes, reportFault, rowContext, toError } from './report-fault.ts';
import { createFlow } from './rx/flow.ts';
import type { Committed, CoreFault, StoreWriter } from './store/ports.ts';
import { StoreError } from './store/store-error.ts';

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

type SubmittedAction = Omit<AnalystAction, 'at' | 'kind'>;

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
  submitAction(action: SubmittedAction): Promise<Receipt>;
  /** Believes a wall clock that was set back, and lets the order of events begin anew with it. */
  resetClock(): Promise<Micros>;
  /** Brings rules and settings into effect unless they already are. */
  bringIntoEffect(rules: RuleSetChange, settings: SettingsChange): Promise<void>;
  /** Takes nothing more, works off what is inside, writes a snapshot. */
  stop(): Promise<void>;
}

/** Opens the engine on a store: recovers, then waits for deliveries. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const recovered = await recoverOrReport(options);
  options.observer.onRecovered(recovered);
  return new CoreEngine(options, recovered);
}

class CoreEngine implements Engine {
  readonly intake: Intake;
  readonly clock: ReceiptClock;
  readonly recovered: Recovered;
  readonly done: Promise<void>;
  stalled = false;
  lastSnapshotSequence: number | null;
  private readonly options: EngineOptions;
  private readonly cursor: Cursor;
  private readonly sources: Subscription[] = [];
  private inEffect: InEffect & { readonly lastReceivedAt: Micros };
  private recordsSinceSnapshot = 0;
  private snapshotAt: Micros;

  constructor(options: EngineOptions, recovered: Recovered) {
    this.options = options;
    this.recovered = recovered;
    this.inEffect = recovered;
    this.lastSnapshotSequence = recovered.snapshotSequence;
    this.snapshotAt = options.wallTime();
    this.clock = createReceiptClock(options.wallTime);
    this.clock.advanceTo(recovered.lastReceivedAt);
    this.intake = createIntake(options.intakeBytesMax);
    this.cursor = createCursor(recovered.nextSequence, recovered.idleTick);
    this.done = this.run();
    // Whoever waits for the end hears of a failure; until somebody does, it is not unhandled.
    this.done.catch(() => {});
  }

  connect(parts$: Observable<Part>): void {
    const deliver = (part: Part): void => {
      this.intake.deliver([part]).catch(() => {});
    };
    this.sources.push(parts$.subscribe(deliver));
  }

  async submitAction(action: SubmittedAction): Promise<Receipt> {
    const at = this.clock.now();
    const part = controlPart('actions', { kind: 'action', ...wellFormed(action), at }, at);
    const outcome = await this.intake.deliver([part]);
    const receipt = outcome.receipts.find((candidate) => candidate.actionId === action.id);
    return receipt ?? refusedAction(action, outcome.arrivals[0]);
  }

  async resetClock(): Promise<Micros> {
    this.clock.reset();
    const receivedAt = this.clock.now();
    const part = controlPart('clock', { kind: 'clock-reset', receivedAt }, receivedAt);
    await this.intake.deliver([part]);
    return receivedAt;
  }

  async bringIntoEffect(rules: RuleSetChange, settings: SettingsChange): Promise<void> {
    const at = this.clock.now();
    const parts: Part[] = [];
    const { ruleSetHash, settingsHash } = this.inEffect;
    if (settings.hash !== settingsHash) parts.push(controlPart('settings', settings, at));
    if (rules.hash !== ruleSetHash) parts.push(controlPart('rules', rules, at));
    if (parts.length > 0) await this.intake.deliver(parts);
  }

  async stop(): Promise<void> {
    this.takeNothingMore();
    await this.done;
    await this.snapshot();
  }

  private run(): Promise<void> {
    const { rooms, observer } = this.options;
    const stored$ = pipeline(this.intake.deliveries$, {
      rooms,
      flow: createFlow(),
      cursor: this.cursor,
      commit: (batch) => this.commit(batch),
      retryable: isRetryable,
      onStall: (stalled, error) => {
        this.stalled = stalled;
        this.intake.pause(stalled);
        observer.onStall(stalled, error);
      },
    });
    return lastValueFrom(stored$.pipe(tap((stored) => this.afterCommit(stored))), {
      defaultValue: null,
    }).then(
      () => undefined,
      (error: unknown) => this.fail(toError(error)),
    );
  }

  private commit(batch: Raised): Promise<Committed> {
    this.inEffect = noteControls(batch, this.inEffect);
    const context = rowContext(this.options, this.inEffect);
    // Refused by its hash: the row says so too, for those who read it without knowing the hash.
    const faultIndexes = this.recovered.faults.length > 0 ? refusedIndexes(batch) : [];
    return this.options.writer.commit(batch, { ...context, faultIndexes });
  }

  private afterCommit(stored: Stored): void {
    settle(stored);
    this.options.observer.onStored(stored);
    if (stored.result === null) return;
    this.recordsSinceSnapshot += stored.batch.arrivals.length;
    if (!this.stalled && this.isSnapshotDue()) void this.snapshot();
  }

  private isSnapshotDue(): boolean {
    const { snapshots, wallTime } = this.options;
    const elapsedMs = (wallTime() - this.snapshotAt) / MICROS_PER_MS;
    return this.recordsSinceSnapshot >= snapshots.events || elapsedMs >= snapshots.intervalMs;
  }

  /** A snapshot that can not be written costs a longer recovery, never an event. */
  private async snapshot(): Promise<void> {
    const { engine, observer, rooms, wallTime, writer } = this.options;
    const began = wallTime();
    const sequence = this.cursor.next - 1;
    this.recordsSinceSnapshot = 0;
    this.snapshotAt = began;
    const { lastReceivedAt: receivedAt, ruleSetHash, settingsHash } = this.inEffect;
    const at = { sequence, engine, receivedAt, ruleSetHash, settingsHash };
    try {
      await writer.saveSnapshot(takeSnapshot(rooms, at, this.cursor.idleTick));
      this.lastSnapshotSequence = sequence;
      observer.onSnapshot(sequence, (wallTime() - began) / MICROS_PER_MS);
    } catch (error) {
      observer.onSnapshotFailed(error);
    }
  }

  private takeNothingMore(): void {
    for (const source of this.sources) source.unsubscribe();
    this.intake.close();
  }

  private async fail(error: Error): Promise<never> {
    this.takeNothingMore();
    try {
      await reportFault(this.options, this.inEffect, error);
    } finally {
      this.intake.abort();
    }
    throw error;
  }
}

/** Half a surrogate pair can not be stored as it is, and the audit shows what was stored. */
const wellFormed = (action: SubmittedAction): SubmittedAction => ({
  ...action,
  actor: action.actor.toWellFormed(),
  text: action.text?.toWellFormed() ?? null,
});

/** After a full or a busy disk the same commit may be made again. */
const isRetryable = (error: unknown): boolean =>
  error instanceof StoreError && (error.code === 'disk-full' || error.code === 'busy');

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
  action: SubmittedAction,
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
    return await recover(rooms, writer, {
      rewrite: async (batch, row, current) => {
        inEffect = current;
        const { run, faultIndexes } = row;
        const context = rowContext(options, current);
        await writer.commit(batch, { ...context, run, faultIndexes, newRow: false });
      },
    });
  } catch (error) {
    await reportFault(options, inEffect, error);
    throw error;
  }
}
