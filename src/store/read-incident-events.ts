import type { Db } from './database.ts';
import {
  clampPageSize,
  decodeToken,
  encodeToken,
  numberAt,
  type PageRequest,
} from './page-token.ts';
import type { Page, StoredEvent } from './ports.ts';
import { decodePositions } from './result-writer.ts';
import {
  createEvidenceOfRow,
  type EvidenceRow,
  fromEvidence,
  fromJournal,
  recordFacts,
} from './stored-event.ts';
import { createRowUnpacker } from './unpacked-row.ts';

/** Events of incidents: those kept as evidence by time, then the folded ones from the journal. */
export type ListIncidentEvents = (
  incidentIds: readonly string[],
  page: PageRequest,
) => Page<StoredEvent>;

interface LinkedRow extends EvidenceRow {
  readonly link_time: number;
}

interface FoldedRow {
  readonly sequence: number;
  readonly ordinal: number;
  readonly positions: string;
}

interface Listing {
  readonly ids: string;
  readonly size: number;
  readonly found: StoredEvent[];
  /** Place behind which the next page begins; null when everything is listed. */
  next: readonly (string | number)[] | null;
}

/** First values of a cursor: in which of the two lists it stands. */
const EVIDENCE = 0;
const FOLDED = 1;

export function createListIncidentEvents(db: Db): ListIncidentEvents {
  const linked = db.prepare<[object], LinkedRow>(
    `SELECT event.*, max(link.time) AS link_time FROM incident_event AS link JOIN event USING (event_id)
     WHERE link.incident_id IN (SELECT value FROM json_each(@ids))
       AND (link.time, link.event_id) > (@time, @eventId)
     GROUP BY link.time, link.event_id ORDER BY link.time, link.event_id LIMIT @limit`,
  );
  const folded = db.prepare<[object], FoldedRow>(
    `SELECT sequence, ordinal, positions FROM folded
     WHERE incident_id IN (SELECT value FROM json_each(@ids))
       AND (sequence, ordinal) >= (@sequence, @ordinal)
     ORDER BY sequence, ordinal`,
  );
  const unpack = createRowUnpacker(db);
  const evidenceOf = createEvidenceOfRow(db);

  const listEvidence = (listing: Listing, cursor: readonly (string | number)[] | null): void => {
    const from =
      cursor === null
        ? { time: Number.MIN_SAFE_INTEGER, eventId: '' }
        : { time: numberAt(cursor, 1), eventId: String(cursor[2]) };
    const rows = linked.all({ ids: listing.ids, ...from, limit: listing.size + 1 });
    for (const row of rows.slice(0, listing.size)) {
      listing.found.push(fromEvidence(row));
      listing.next = [EVIDENCE, row.link_time, row.event_id];
    }
    if (rows.length <= listing.size) listing.next = null;
  };
  const readFolded = (sequence: number, index: number): StoredEvent | null => {
    // An event that one finding keeps as evidence and another one folds is listed once.
    if (evidenceOf(sequence).has(index)) return null;
    const record = unpack(sequence)?.record(index) ?? null;
    return record === null ? null : fromJournal(recordFacts(record), record, { sequence, index });
  };
  const listFolded = (listing: Listing, cursor: readonly (string | number)[] | null): void => {
    const [sequence, ordinal, skip] =
      cursor === null ? [0, 0, 0] : [1, 2, 3].map((place) => numberAt(cursor, place));
    for (const row of folded.iterate({ ids: listing.ids, sequence, ordinal })) {
      const goesOn = row.sequence === sequence && row.ordinal === ordinal;
      const positions = decodePositions(row.positions);
      for (let place = goesOn ? (skip ?? 0) : 0; place < positions.length; place += 1) {
        if (listing.found.length >= listing.size) {
          listing.next = [FOLDED, row.sequence, row.ordinal, place];
          return;
        }
        const ref = positions[place];
        const event = ref === undefined ? null : readFolded(ref.sequence, ref.index);
        if (event !== null) listing.found.push(event);
      }
    }
    listing.next = null;
  };

  return (incidentIds, page) => {
    const query = ['incident-events', incidentIds];
    const cursor = decodeToken(query, page.token);
    const listing: Listing = {
      ids: JSON.stringify(incidentIds),
      size: clampPageSize(page.size),
      found: [],
      next: null,
    };
    const inFolded = cursor?.[0] === FOLDED;
    if (!inFolded) listEvidence(listing, cursor);
    if (listing.next === null) listFolded(listing, inFolded ? cursor : null);
    return {
      items: listing.found,
      nextPageToken: listing.next === null ? null : encodeToken(query, listing.next),
    };
  };
}
