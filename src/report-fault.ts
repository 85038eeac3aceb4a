// When the core throws: what it was at is kept, so that the next start sets it aside and goes on.
import { createHash } from 'node:crypto';
import { controlPart } from './ingest/clock.ts';
import type { Received } from './model/batch.ts';
import type { Micros } from './model/micros.ts';
import type { Part } from './model/part.ts';
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
  const context = { ...rowContext(options, inEffect), faultIndexes, newRow: !again };
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
