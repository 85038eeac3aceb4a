import type { AuditChain } from './audit-chain.ts';
import type { BatchMessage } from './batch-message.ts';
import type { DeadLetters } from './dead-letters.ts';
import { hashOutput, type Output } from './encode-output.ts';
import type { EvidenceWriter } from './evidence-writer.ts';
import type { JournalWriter } from './journal-writer.ts';
import type { RawRecords } from './raw-records.ts';
import type { ResultWriter } from './result-writer.ts';

/** The parts of the database that a batch touches. */
export interface BatchSections {
  readonly journal: JournalWriter;
  readonly results: ResultWriter;
  readonly evidence: EvidenceWriter;
  readonly audit: AuditChain;
  readonly letters: DeadLetters;
  readonly raws: RawRecords;
}

/**
 * Writes everything a batch leaves behind; the caller's transaction makes it one.
 *
 * @returns the bytes stored for a new journal row's records.
 */
export function writeBatch(sections: BatchSections, message: BatchMessage): number {
  const { results, evidence, audit } = sections;
  const output = JSON.parse(message.output.text) as Output;
  const { storedBytes, firstJudged } = writeJournal(sections, message);
  writeRefused(sections, message);
  // Copies count for evidence of earlier batches; that of this batch has them counted already.
  if (firstJudged) evidence.countCopies(message.arrivals.duplicates);
  results.write(message, output);
  evidence.write(message, output);
  audit.append(output.audit);
  return storedBytes;
}

function writeJournal({ journal, raws }: BatchSections, message: BatchMessage) {
  const { sequence, row } = message;
  const outputHash = hashOutput(message.output.text);
  if (row === null) {
    return { storedBytes: 0, firstJudged: journal.noteJudged(message, outputHash) };
  }
  const storedBytes = journal.insertJudged(message, row, outputHash);
  raws.remember(sequence, row.records, row.recordCount);
  return { storedBytes, firstJudged: true };
}

function writeRefused({ letters, raws }: BatchSections, message: BatchMessage): void {
  const { sequence, arrivals, context } = message;
  for (const refused of arrivals.refused) {
    const raw = raws.read({ sequence, index: refused.index });
    letters.add(context.wallTime, sequence, { ...refused, raw });
  }
  if (arrivals.refused.length > 0) letters.trim();
}
