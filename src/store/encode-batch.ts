import { LIMITS } from '../config/limits.ts';
import type { Enrichment, Raised, Step } from '../model/batch.ts';
import type { Part, SourcePosition } from '../model/part.ts';
import type { SecurityEvent } from '../model/security-event.ts';
import type { BatchMessage, EvidenceFacts, PackedRow } from './batch-message.ts';
import { encodeOutput } from './encode-output.ts';
import { encodeParts } from './part-layout.ts';
import type { RowContext } from './ports.ts';
import { packRecords, type TakeMemory } from './record-layout.ts';
import { capText } from './search-text.ts';
import { summarizeArrivals } from './summarize-arrivals.ts';

/** Everything the writer needs of a batch, free of references into the core's memory. */
export function encodeBatch(
  batch: Raised,
  context: RowContext,
  takeMemory?: TakeMemory,
): BatchMessage {
  const arrivals = summarizeArrivals(batch);
  return {
    sequence: batch.sequence,
    context,
    row: context.newRow ? packRow(batch.parts, takeMemory) : null,
    arrivals,
    evidence: collectEvidence(batch, arrivals.duplicates),
    output: encodeOutput(batch),
  };
}

export function packRow(parts: readonly Part[], takeMemory?: TakeMemory): PackedRow {
  let recordCount = 0;
  let firstReceivedAt = parts[0]?.receivedAt ?? 0;
  let lastReceivedAt = firstReceivedAt;
  const readTo: SourcePosition[] = [];
  for (const part of parts) {
    recordCount += part.records.length;
    if (part.readTo !== undefined) readTo.push(...part.readTo);
    if (part.receivedAt < firstReceivedAt) firstReceivedAt = part.receivedAt;
    if (part.receivedAt > lastReceivedAt) lastReceivedAt = part.receivedAt;
  }
  return {
    records: packRecords(parts, takeMemory),
    recordCount,
    parts: encodeParts(parts),
    readTo,
    firstReceivedAt,
    lastReceivedAt,
  };
}

/** Facts of those released events that a kept finding stands on. */
function collectEvidence(batch: Raised, duplicates: readonly string[]): EvidenceFacts[] {
  if (batch.placed.length === 0) return [];
  const wanted = new Set<string>();
  for (const { finding } of batch.placed) {
    for (const link of finding.events) wanted.add(link.eventId);
  }
  const copies = countCopies(duplicates, wanted);
  const facts: EvidenceFacts[] = [];
  for (const [index, step] of batch.steps.entries()) {
    if (step.kind !== 'event' || !wanted.has(step.event.id)) continue;
    const occurrences = occurrencesOf(step, batch.sequence, copies);
    facts.push(factsOf(step.event, batch.enrichments[index] ?? null, occurrences));
  }
  return facts;
}

function countCopies(ids: readonly string[], wanted: ReadonlySet<string>): Map<string, number> {
  const copies = new Map<string, number>();
  for (const id of ids) {
    if (wanted.has(id)) copies.set(id, (copies.get(id) ?? 0) + 1);
  }
  return copies;
}

/**
 * An event that arrived in this very batch may have been released before its later copies arrived;
 * the batch knows them all.
 */
function occurrencesOf(
  step: Extract<Step, { kind: 'event' }>,
  sequence: number,
  copies: ReadonlyMap<string, number>,
): number {
  if (step.event.journal.sequence !== sequence) return step.occurrences;
  return Math.max(step.occurrences, 1 + (copies.get(step.event.id) ?? 0));
}

function factsOf(
  event: SecurityEvent,
  enrichment: Enrichment | null,
  occurrences: number,
): EvidenceFacts {
  const { id: eventId, cluster, time, sensor, kind, node } = event;
  return {
    eventId,
    cluster,
    time,
    sensor,
    kind,
    node,
    ...placeOf(event, enrichment),
    occurrences,
    searchText: searchTextOf(event),
  };
}

/** The pod that the event was joined with, else the one its sensor names. */
function placeOf(event: SecurityEvent, enrichment: Enrichment | null) {
  const joined = enrichment?.pod;
  const own = event.container?.id ?? null;
  if (joined?.podName !== undefined && joined.podName !== null) {
    const { namespace, podName, podUid, containerId } = joined;
    return { namespace, pod: podName, podUid, container: own ?? containerId };
  }
  const { namespace = null, name = null, uid = null } = event.pod ?? {};
  return { namespace, pod: name, podUid: uid, container: own };
}

function searchTextOf(event: SecurityEvent): string {
  const texts = [
    event.process?.commandLine,
    event.process?.binary,
    event.parent?.commandLine,
    event.file,
    event.alert?.rule,
    event.alert?.output,
    event.hook?.functionName,
    ...(event.hook?.arguments.map((argument) => argument.value) ?? []),
    event.network?.destinationIp,
  ];
  return texts
    .filter((text) => typeof text === 'string' && text !== '')
    .map((text) => capText(text ?? '', LIMITS.evidenceFieldBytesMax))
    .join('\n');
}
