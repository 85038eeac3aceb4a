// When the core throws: what it was at is kept, so that the next start sets it aside and goes on.
import { hash } from 'node:crypto';
import { controlPart } from './ingest/clock.ts';
import type { Normalized, Received } from './model/batch.ts';
import type { Micros } from './model/micros.ts';
import type { JournalRef, Part, RawRecord } from './model/part.ts';
import { CoreFaultError } from './pipeline.ts';
import type { InEffect } from './recovery.ts';
import type { CoreFault, RowContext, StoreWriter } from './store/ports.ts';

export interface FaultOptions {
  readonly writer: StoreWriter;
  readonly engine: string;
  readonly run: string;
  readonly wallTime: () => Micros;
  readonly observer: { onFault(fault: CoreFault): void };
}

export const toError = (error: unknown): Error =>
  error instanceof Error ? error : new Error(String(error));

/** What is said of a new journal row. */
export function rowContext(options: FaultOptions, inEffect: InEffect): RowContext {
  const { engine, run, wallTime } = options;
  const { ruleSetHash, settingsHash } = inEffect;
  const context = { run, engine, ruleSetHash, settingsHash, wallTime: wallTime() };
  return { ...context, faultIndexes: [], newRow: true };
}

/** Places of the records that a batch refused because the core once failed on them. */
export function refusedIndexes({ arrivals }: Normalized): readonly number[] {
  const indexes: number[] = [];
  for (const [index, arrival] of arrivals.entries()) {
    if (arrival.outcome !== 'rejected') continue;
    if (arrival.rejection.code === 'core-fault') indexes.push(index);
  }
  return indexes;
}

/**
 * Keeps what the core failed on, so that the next start sets that record aside. The raw batch goes
 * into the journal without a result: nothing that came with it is lost.
 */
export async function reportFault(
  options: FaultOptions,
  inEffect: InEffect,
  error: unknown,
): Promise<void> {
  if (!(error instanceof CoreFaultError)) return;
  const { writer, observer } = options;
  const { batch, progress } = error;
  const { sequence } = batch;
  const known = await writer.readFaults();
  const again = known.some((fault) => fault.sequence === sequence);
  const isRuleToBlame = progress.ruleId !== null && (again || progress.record === null);
  const blamed = isRuleToBlame ? null : await findBlamed(writer, batch, progress.record);
  const ruleId = isRuleToBlame ? progress.ruleId : null;
  const fault = describeFault(error, { at: options.wallTime(), ruleId, blamed });
  const copies = blamed?.copies ?? [];
  const here = copies.filter((copy) => copy.sequence === sequence);
  await writer.recordFault({
    fault,
    parts: ruleId === null ? batch.parts : [disableRulePart(ruleId, fault, batch), ...batch.parts],
    context: { ...rowContext(options, inEffect), faultIndexes: here.map(({ index }) => index) },
    elsewhere: copies.filter((copy) => copy.sequence !== sequence),
  });
  observer.onFault(fault);
}

interface Blame {
  readonly at: Micros;
  readonly ruleId: string | null;
  readonly blamed: Blamed | null;
}

function describeFault(error: CoreFaultError, { at, ruleId, blamed }: Blame): CoreFault {
  const cause = toError(error.cause);
  return {
    at,
    room: error.room,
    ruleId,
    recordHash: blamed === null ? null : hash('sha256', blamed.bytes, 'hex'),
    sequence: error.batch.sequence,
    record: blamed?.ref ?? null,
    message: cause.message,
    stack: cause.stack ?? '',
  };
}

function disableRulePart(ruleId: string, fault: CoreFault, batch: Received): Part {
  const receivedAt = batch.parts[0]?.receivedAt ?? fault.at;
  const reason = `It made the core fail: ${fault.message}`;
  return controlPart('rules', { kind: 'rule-disabled', ruleId, reason }, receivedAt);
}

interface Blamed {
  readonly ref: JournalRef;
  readonly bytes: Uint8Array;
  /** All places of these very bytes that a recovery or a rebuild would come across, `ref` included. */
  readonly copies: readonly JournalRef[];
}

/** The record a fault names: in this batch, or, for an event that was held, in an earlier row. */
async function findBlamed(
  writer: StoreWriter,
  batch: Received,
  named: JournalRef | null,
): Promise<Blamed | null> {
  // Without a name the first record of the batch is set aside, so that a restart makes progress.
  const ref = named ?? { sequence: batch.sequence, index: 0 };
  const bytes = await bytesAt(writer, batch, ref);
  if (bytes === null) return null;
  const copies = copiesIn(batch, bytes);
  // What is held lies in the rows that a recovery reads; a copy further back did no harm.
  const snapshot = await writer.loadSnapshot();
  const from = Math.min(snapshot?.heldFromSequence ?? 0, ref.sequence);
  for await (const row of writer.readJournal(from)) {
    if (row.sequence !== batch.sequence) copies.push(...copiesIn(row, bytes));
  }
  return { ref, bytes, copies };
}

async function bytesAt(
  writer: StoreWriter,
  batch: Received,
  { sequence, index }: JournalRef,
): Promise<Uint8Array | null> {
  if (sequence === batch.sequence) return recordsOf(batch)[index]?.bytes ?? null;
  for await (const row of writer.readJournal(sequence)) return recordsOf(row)[index]?.bytes ?? null;
  return null;
}

type Row = Pick<Received, 'sequence' | 'parts'>;

const recordsOf = (row: Row): readonly RawRecord[] => row.parts.flatMap((part) => part.records);

function copiesIn(row: Row, bytes: Uint8Array): JournalRef[] {
  const { sequence } = row;
  const copies: JournalRef[] = [];
  for (const [index, record] of recordsOf(row).entries()) {
    if (Buffer.compare(record.bytes, bytes) === 0) copies.push({ sequence, index });
  }
  return copies;
}
