import type { EventLink } from '../model/finding.ts';
import type { BatchMessage, EvidenceFacts } from './batch-message.ts';
import type { Db } from './database.ts';
import type { Output } from './encode-output.ts';
import { peekedSearchText, peekEvent } from './peek-event.ts';
import type { RawRecords } from './raw-records.ts';

export interface EvidenceWriter {
  /** Counts further copies of events that are kept as evidence. */
  countCopies(eventIds: readonly string[]): void;
  /** Keeps the events that findings stand on, verbatim. */
  write(message: BatchMessage, output: Output): void;
}

export function createEvidenceWriter(db: Db, raws: RawRecords): EvidenceWriter {
  const bump = db.prepare('UPDATE event SET occurrences = occurrences + 1 WHERE event_id = ?');
  const exists = db.prepare<[string], number>('SELECT 1 FROM event WHERE event_id = ?').pluck();
  const insert = db.prepare(
    `INSERT INTO event (event_id, cluster, time, sensor, kind, node, namespace, pod, pod_uid,
       container, occurrences, sequence, record_index, raw)
     VALUES (@eventId, @cluster, @time, @sensor, @kind, @node, @namespace, @pod, @podUid,
       @container, @occurrences, @sequence, @index, @raw)`,
  );
  const insertText = db.prepare('INSERT INTO event_text (rowid, text) VALUES (?, ?)');
  const link = db.prepare('INSERT OR IGNORE INTO incident_event VALUES (?, ?, ?)');

  const keep = (event: EventLink, facts: EvidenceFacts, raw: Buffer | null): void => {
    const { searchText, ...columns } = facts;
    const added = insert.run({ ...columns, ...event.journal, raw });
    if (searchText !== '') insertText.run(added.lastInsertRowid, searchText);
  };
  return {
    countCopies(eventIds) {
      for (const eventId of eventIds) bump.run(eventId);
    },
    write(message, output) {
      if (output.placed.length === 0) return;
      const known = new Map(message.evidence.map((facts) => [facts.eventId, facts]));
      for (const { finding, incidentId } of output.placed) {
        for (const event of finding.events) {
          link.run(incidentId, event.time, event.eventId);
          if (exists.get(event.eventId) !== undefined) continue;
          const raw = raws.read(event.journal);
          const { cluster } = finding.where;
          keep(event, known.get(event.eventId) ?? peekFacts(event, cluster, raw), raw);
        }
      }
    },
  };
}

const UNREADABLE = {
  sensor: 'unknown',
  kind: 'unknown',
  node: '',
  namespace: null,
  pod: null,
  podUid: null,
  container: null,
};

/** Columns of an event of an earlier batch, read from its raw record as far as that shows them. */
function peekFacts(event: EventLink, cluster: string, raw: Buffer | null): EvidenceFacts {
  const peeked = raw === null ? null : peekEvent(raw);
  const { sensor, kind, node, namespace, pod, podUid, container } = peeked ?? UNREADABLE;
  return {
    eventId: event.eventId,
    cluster,
    time: event.time,
    sensor,
    kind,
    node,
    namespace,
    pod,
    podUid,
    container,
    occurrences: 1,
    searchText: peekedSearchText(peeked),
  };
}
