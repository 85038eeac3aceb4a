import type { Db } from './database.ts';
import type { MatchFacts } from './event-match.ts';
import { peekEvent, type PeekedEvent } from './peek-event.ts';
import type { StoredEvent } from './ports.ts';
import type { UnpackedRecord } from './unpacked-row.ts';

/** A row of the table `event`. */
export interface EvidenceRow {
  readonly number: number;
  readonly event_id: string;
  readonly cluster: string;
  readonly time: number;
  readonly sensor: string;
  readonly kind: string;
  readonly node: string;
  readonly namespace: string | null;
  readonly pod: string | null;
  readonly pod_uid: string | null;
  readonly container: string | null;
  readonly occurrences: number;
  readonly sequence: number;
  readonly record_index: number;
  readonly raw: Buffer | null;
}

export const evidenceFacts = (row: EvidenceRow): MatchFacts => ({ ...row, podUid: row.pod_uid });

export const fromEvidence = (row: EvidenceRow): StoredEvent => ({
  eventId: row.event_id,
  time: row.time,
  sensor: row.sensor,
  kind: row.kind,
  node: row.node,
  namespace: row.namespace,
  pod: row.pod,
  container: row.container,
  occurrences: row.occurrences,
  journal: { sequence: row.sequence, index: row.record_index },
  source: 'evidence',
  raw: row.raw?.toString('utf8') ?? '',
});

/** What is known of a record; sensor and kind are null where its bytes show nothing. */
type RecordFacts = MatchFacts & {
  readonly sensor: PeekedEvent['sensor'] | null;
  readonly kind: string | null;
};

const NOTHING_KNOWN = {
  sensor: null,
  kind: null,
  node: '',
  namespace: null,
  pod: null,
  podUid: null,
  container: null,
};

/**
 * What a raw record shows of itself, with the time of receipt where it has none of its own. An
 * accepted record that shows nothing is listed all the same.
 */
export function recordFacts(record: UnpackedRecord): RecordFacts {
  const seen = peekEvent(record.bytes);
  return { ...(seen ?? NOTHING_KNOWN), time: seen?.time ?? record.receivedAt };
}

const UNKNOWN = 'unknown';

export const fromJournal = (
  seen: RecordFacts,
  record: UnpackedRecord,
  journal: StoredEvent['journal'],
): StoredEvent => ({
  eventId: null,
  time: seen.time,
  sensor: seen.sensor ?? UNKNOWN,
  kind: seen.kind ?? UNKNOWN,
  node: seen.node,
  namespace: seen.namespace,
  pod: seen.pod,
  container: seen.container,
  occurrences: 1,
  journal,
  source: 'journal',
  raw: record.bytes.toString('utf8'),
});

/** Evidence of one journal row by the index of its record. */
export function createEvidenceOfRow(db: Db): (sequence: number) => Map<number, EvidenceRow> {
  const select = db.prepare<[number], EvidenceRow>('SELECT * FROM event WHERE sequence = ?');
  return (sequence) => new Map(select.all(sequence).map((row) => [row.record_index, row]));
}
