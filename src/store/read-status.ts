import { statSync } from 'node:fs';
import { LEVELS } from '../model/level.ts';
import type { Db } from './database.ts';
import { readMeta } from './meta.ts';
import {
  clampPageSize,
  decodeToken,
  encodeToken,
  numberAt,
  type PageRequest,
} from './page-token.ts';
import type { DeadLetter, Ledger, Page, Scope, StoreStatus } from './ports.ts';
import { IN_SCOPE, scopeParameter } from './scope-filter.ts';

export interface StatusQueries {
  /** Counts of events and incidents within the scope; sizes are of the whole database. */
  status(scope: Scope): StoreStatus;
  /** Refused records, newest first. */
  deadLetters(scope: Scope, page: PageRequest): Page<DeadLetter>;
}

interface LetterRow {
  readonly number: number;
  readonly at: number;
  readonly code: string;
  readonly detail: string;
  readonly sequence: number;
  readonly record_index: number;
  readonly raw: Buffer | null;
}

export function createStatusQueries(db: Db, file: string): StatusQueries {
  const ledger = db.prepare<[object], Omit<Ledger, 'received'>>(
    `SELECT ifnull(sum(accepted), 0) AS accepted, ifnull(sum(duplicate), 0) AS duplicate,
       ifnull(sum(rejected), 0) AS rejected, ifnull(sum(skipped), 0) AS skipped,
       ifnull(sum(late), 0) AS late
     FROM ledger WHERE ${IN_SCOPE}`,
  );
  const states = db
    .prepare<[object], [string, number]>(
      `SELECT state, count(*) FROM incident WHERE ${IN_SCOPE} GROUP BY state ORDER BY state`,
    )
    .raw();
  const openSeverities = db
    .prepare<[object], [number, number]>(
      `SELECT severity, count(*) FROM incident
       WHERE ${IN_SCOPE} AND state IN ('new', 'acknowledged', 'investigating', 'on_hold') GROUP BY 1`,
    )
    .raw();
  const rows = db
    .prepare<[], number>('SELECT ifnull(max(sequence) - min(sequence) + 1, 0) FROM journal')
    .pluck();
  const snapshot = db.prepare<[], { sequence: number; at: number }>(
    'SELECT sequence, received_at AS at FROM snapshot ORDER BY sequence DESC LIMIT 1',
  );
  const faults = db.prepare<[], number>('SELECT count(*) FROM core_fault').pluck();
  const letters = db.prepare<[object], LetterRow>(
    `SELECT number, at, code, detail, sequence, record_index, raw FROM dead_letter
     WHERE ${IN_SCOPE} AND number < @before ORDER BY number DESC LIMIT @limit`,
  );
  const keptLetters = db
    .prepare<[object], number>(`SELECT count(*) FROM dead_letter WHERE ${IN_SCOPE}`)
    .pluck();
  const lettersIn = (clusters: string | null): number =>
    clusters === null ? readMeta(db, 'dead_letters') : (keptLetters.get({ clusters }) ?? 0);
  return {
    status(scope) {
      const clusters = scopeParameter(scope);
      return {
        events: withReceived(ledger.get({ clusters })),
        journalRows: rows.get() ?? 0,
        journalBytes: readMeta(db, 'journal_bytes'),
        databaseBytes: databaseBytes(db, file),
        incidents: Object.fromEntries(states.all({ clusters })),
        openBySeverity: Object.fromEntries(
          openSeverities.all({ clusters }).map(([rank, count]) => [LEVELS[rank], count]),
        ),
        lastSnapshot: snapshot.get() ?? null,
        deadLetters: lettersIn(clusters),
        coreFaults: faults.get() ?? 0,
        outputsDiffered: readMeta(db, 'outputs_differed'),
      };
    },
    deadLetters(scope, page) {
      const size = clampPageSize(page.size);
      const query = ['dead-letters', scope];
      const cursor = decodeToken(query, page.token);
      const before = cursor === null ? Number.MAX_SAFE_INTEGER : numberAt(cursor, 0);
      const found = letters.all({ clusters: scopeParameter(scope), before, limit: size + 1 });
      const last = found[size - 1];
      const more = found.length > size && last !== undefined;
      return {
        items: found.slice(0, size).map(toDeadLetter),
        nextPageToken: more ? encodeToken(query, [last.number]) : null,
      };
    },
  };
}

const NOTHING = { accepted: 0, duplicate: 0, rejected: 0, skipped: 0, late: 0 };

function withReceived(counts: Omit<Ledger, 'received'> = NOTHING): Ledger {
  const { accepted, duplicate, rejected, skipped } = counts;
  return { received: accepted + duplicate + rejected + skipped, ...counts };
}

function databaseBytes(db: Db, file: string): number {
  const pages = Number(db.pragma('page_count', { simple: true }));
  const pageBytes = Number(db.pragma('page_size', { simple: true }));
  return pages * pageBytes + (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0);
}

const toDeadLetter = (row: LetterRow): DeadLetter => ({
  id: `${row.sequence}-${row.record_index}`,
  at: row.at,
  code: row.code,
  detail: row.detail,
  journal: { sequence: row.sequence, index: row.record_index },
  raw: row.raw?.toString('utf8') ?? '',
});
