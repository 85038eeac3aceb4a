import type { Db } from './database.ts';
import type { RowCondition } from './event-match.ts';
import { createJournalLookup, type JournalLookup, type RowSpan } from './journal-lookup.ts';
import type { EventFilter, Scope } from './ports.ts';
import { scopeParameter } from './scope-filter.ts';

/** Which journal rows a search has to look into. */
export interface RowSearch {
  readonly scope: Scope;
  readonly filter: Pick<EventFilter, 'from' | 'to'>;
  readonly conditions: readonly RowCondition[];
  /** Newest row to look into. */
  readonly last: number;
}

type TimeRange = { readonly from: number | null; readonly to: number | null };

const IN_TIME = `accepted > 0 AND (@from IS NULL OR last_event_time >= @from)
  AND (@to IS NULL OR first_event_time <= @to)`;

/** Journal rows that may hold matching events, newest first. */
export function createCandidateRows(db: Db): (search: RowSearch) => Iterable<number> {
  const lookup = createJournalLookup(db);
  const rowsInTime = db
    .prepare<[RowSpan & TimeRange], number>(
      `SELECT sequence FROM journal WHERE sequence BETWEEN @first AND @last AND ${IN_TIME}
       ORDER BY sequence DESC`,
    )
    .pluck();
  const isInTime = db
    .prepare<[TimeRange & { sequence: number }], number>(
      `SELECT 1 FROM journal WHERE sequence = @sequence AND ${IN_TIME}`,
    )
    .pluck();
  const spanOf = createSpanInTime(db);

  return function* candidates({ scope, filter: { from, to }, conditions, last }) {
    const inTime = spanOf({ from, to });
    const span = { first: inTime.first, last: Math.min(inTime.last, last) };
    if (span.last < span.first) return;
    const keyed = rowsByKeys(db, lookup, { scope, conditions, span });
    if (keyed === null) {
      yield* rowsInTime.iterate({ ...span, from, to });
      return;
    }
    for (const sequence of keyed) {
      if (isInTime.get({ sequence, from, to }) !== undefined) yield sequence;
    }
  };
}

/** The rows between which all that touch the time lie, read from the index of the times alone. */
function createSpanInTime(db: Db): (range: TimeRange) => RowSpan {
  const select = db.prepare<[{ from: number; to: number }], { first: number; last: number }>(
    `SELECT ifnull(min(sequence), 0) AS first, ifnull(max(sequence), -1) AS last FROM journal
     WHERE first_event_time <= @to AND last_event_time >= @from`,
  );
  const everything = { first: 0, last: Number.MAX_SAFE_INTEGER };
  return ({ from, to }) => {
    if (from === null && to === null) return everything;
    const range = { from: from ?? Number.MIN_SAFE_INTEGER, to: to ?? Number.MAX_SAFE_INTEGER };
    return select.get(range) ?? everything;
  };
}

interface KeySearch extends Pick<RowSearch, 'scope' | 'conditions'> {
  readonly span: RowSpan;
}

/** Rows that meet every condition, newest first; null if there is no condition. */
function rowsByKeys(
  db: Db,
  lookup: JournalLookup,
  { scope, conditions, span }: KeySearch,
): readonly number[] | null {
  let rows: number[] | null = null;
  for (const condition of conditions) {
    const found = lookup(keyIdsOf(db, condition, scope), span);
    const kept = evidenceRows(db, condition, span);
    rows =
      rows === null
        ? [...new Set([...found, ...kept])]
        : rows.filter((sequence) => found.has(sequence) || kept.has(sequence));
  }
  return rows?.toSorted((left, right) => right - left) ?? null;
}

function keyIdsOf(db: Db, { keys }: RowCondition, scope: Scope): readonly number[] {
  return db
    .prepare<[object], number>(
      `SELECT journal_key.id FROM json_each(@keys) AS wanted
       JOIN journal_key ON kind = wanted.value ->> 0 AND journal_key.value = wanted.value ->> 1
       WHERE @clusters IS NULL OR cluster IN (SELECT value FROM json_each(@clusters))`,
    )
    .pluck()
    .all({ keys: JSON.stringify(keys), clusters: scopeParameter(scope) });
}

/** Rows of events that are known to match although their sensor does not say so. */
function evidenceRows(db: Db, { evidence }: RowCondition, span: RowSpan): ReadonlySet<number> {
  if (evidence === null) return new Set();
  const rows = db
    .prepare<[object], number>(
      `SELECT DISTINCT sequence FROM event
       WHERE ${evidence.where} @value AND sequence BETWEEN @first AND @last`,
    )
    .pluck()
    .all({ value: evidence.value, ...span });
  return new Set(rows);
}
