import { LIMITS } from '../config/limits.ts';
import type { Db } from './database.ts';
import { createCandidateRows } from './candidate-rows.ts';
import { createEventMatch, type EventMatch } from './event-match.ts';
import {
  clampPageSize,
  decodeToken,
  encodeToken,
  numberAt,
  type PageRequest,
} from './page-token.ts';
import type { EventFilter, Page, Scope, StoredEvent } from './ports.ts';
import { IN_SCOPE, inScope, scopeParameter } from './scope-filter.ts';
import { trigramQuery } from './search-text.ts';
import {
  createEvidenceOfRow,
  evidenceFacts,
  type EvidenceRow,
  fromEvidence,
  fromJournal,
  recordFacts,
} from './stored-event.ts';
import { createRowUnpacker, type UnpackedRow } from './unpacked-row.ts';

/**
 * Lists events by their place in the journal, newest first: a record that became evidence with its
 * evidence, any other as it was received. What the journal no longer has follows from the evidence.
 */
export type ListEvents = (
  scope: Scope,
  filter: EventFilter,
  page: PageRequest,
) => Page<StoredEvent>;

interface Search {
  readonly scope: Scope;
  readonly filter: EventFilter;
  readonly match: EventMatch;
  readonly size: number;
  readonly found: StoredEvent[];
  /** Everything from this place on has been listed or looked at. */
  at: Place;
  unpackedBytes: number;
}

interface Place {
  readonly sequence: number;
  readonly index: number;
}

const END: Place = { sequence: Number.MAX_SAFE_INTEGER, index: 0 };

export function createListEvents(db: Db): ListEvents {
  const unpack = createRowUnpacker(db);
  const evidenceOf = createEvidenceOfRow(db);
  const candidateRows = createCandidateRows(db);

  /** Looks through one row from the place backwards. */
  const searchRow = (search: Search, row: UnpackedRow): void => {
    const evidence = evidenceOf(row.sequence);
    const { sequence, recordCount } = row;
    const start = sequence === search.at.sequence ? search.at.index : recordCount;
    search.unpackedBytes += row.rawBytes;
    for (let index = start - 1; index >= 0 && !isFull(search); index -= 1) {
      search.at = { sequence, index };
      const event = eventAt(search, row, { index, kept: evidence.get(index) });
      if (event !== null) search.found.push(event);
    }
    if (!isFull(search)) search.at = { sequence, index: 0 };
  };
  /** Returns whether the journal has been looked through to its beginning. */
  const searchJournal = (search: Search): boolean => {
    const { scope, filter, match, at } = search;
    // Rows that stand within the place itself are gone through to their end first.
    const last = at.index > 0 ? at.sequence : at.sequence - 1;
    for (const sequence of candidateRows({ scope, filter, conditions: match.rows, last })) {
      const row = unpack(sequence);
      if (row !== null) searchRow(search, row);
      if (isFull(search) || search.unpackedBytes > LIMITS.unpackedPerPageBytesMax) return false;
    }
    return true;
  };
  return (scope, filter, page) => {
    const query = ['events', scope, filter];
    const cursor = decodeToken(query, page.token);
    const search: Search = {
      scope,
      filter,
      match: createEventMatch(db, filter),
      size: clampPageSize(page.size),
      found: [],
      at: cursor === null ? END : { sequence: numberAt(cursor, 0), index: numberAt(cursor, 1) },
      unpackedBytes: 0,
    };
    const onlyEvidence = isSearch(filter);
    const journalDone = onlyEvidence || searchJournal(search);
    const done = journalDone && searchEvidence(db, search, onlyEvidence);
    const { sequence, index } = search.at;
    return {
      items: search.found,
      nextPageToken: done ? null : encodeToken(query, [sequence, index]),
    };
  };
}

const isFull = (search: Search): boolean => search.found.length >= search.size;

const isSearch = (filter: EventFilter): boolean => (filter.text ?? '') !== '';

function eventAt(
  search: Search,
  row: UnpackedRow,
  at: { readonly index: number; readonly kept: EvidenceRow | undefined },
): StoredEvent | null {
  const { scope, match } = search;
  const { index, kept } = at;
  if (kept !== undefined) {
    const wanted = inScope(scope, kept.cluster) && match.matches(evidenceFacts(kept));
    return wanted ? fromEvidence(kept) : null;
  }
  const record = row.accepted(index) ? row.record(index) : null;
  if (record === null || !inScope(scope, record.cluster)) return null;
  if (!match.mayMatch(record.bytes)) return null;
  const seen = recordFacts(record);
  // The row matched by its keys, so a record that shows nothing may be the one they are of.
  const wanted = seen.sensor === null ? match.isInTime(seen.time) : match.matches(seen);
  if (!wanted) return null;
  return fromJournal(seen, record, { sequence: row.sequence, index });
}

/** Goes on in the evidence older than the journal; returns whether the end is reached. */
function searchEvidence(db: Db, search: Search, everywhere: boolean): boolean {
  const conditions = [IN_SCOPE, '(sequence, record_index) < (@sequence, @index)'];
  const parameters: Record<string, unknown> = {
    clusters: scopeParameter(search.scope),
    limit: LIMITS.pageSizeMax,
  };
  if (!everywhere) {
    conditions.push('sequence < ifnull((SELECT min(sequence) FROM journal), @sequence)');
  }
  const phrase = trigramQuery(search.filter.text ?? '');
  if (everywhere) {
    if (phrase === null) return true;
    conditions.push('number IN (SELECT rowid FROM event_text WHERE event_text MATCH @phrase)');
    parameters['phrase'] = phrase;
  }
  const select = db.prepare<[object], EvidenceRow>(
    `SELECT * FROM event WHERE ${conditions.join(' AND ')}
     ORDER BY sequence DESC, record_index DESC LIMIT @limit`,
  );
  for (;;) {
    const rows = select.all({ ...parameters, ...search.at });
    for (const row of rows) {
      if (isFull(search)) return false;
      search.at = { sequence: row.sequence, index: row.record_index };
      if (search.match.matches(evidenceFacts(row))) search.found.push(fromEvidence(row));
    }
    if (rows.length < LIMITS.pageSizeMax) return true;
  }
}
