import { auditHash, type AuditTableRow, FIRST_PREVIOUS_HASH } from './audit-chain.ts';
import { type Db, openForReading } from './database.ts';
import { checkIndex } from './verify-index.ts';
import { type MetaKey, readAuditHead, readMeta } from './meta.ts';
import { createRowUnpacker } from './unpacked-row.ts';

export interface VerifyCheck {
  readonly check: string;
  readonly ok: boolean;
  /** What was looked at, or what is wrong and where first. */
  readonly detail: string;
}

/**
 * Checks a database from the file format up to what its tables promise each other. Reads every
 * page, so it takes about a second per few hundred MB; writes nothing.
 *
 * @throws StoreError if the file can not be opened at all.
 */
export function verifyJournal(file: string): readonly VerifyCheck[] {
  const db = openForReading(file);
  try {
    return CHECKS.map(({ check, run }) => runCheck(db, check, run));
  } finally {
    db.close();
  }
}

interface Check {
  readonly check: string;
  /** Returns what was looked at; throws with what is wrong. */
  readonly run: (db: Db) => string;
}

const CHECKS: readonly Check[] = [
  { check: 'file', run: checkFile },
  { check: 'journal sequence', run: checkSequence },
  { check: 'journal rows', run: checkRows },
  { check: 'journal index', run: checkIndex },
  { check: 'ledger', run: checkLedger },
  { check: 'audit chain', run: checkAudit },
  { check: 'findings', run: checkFindings },
  { check: 'evidence', run: checkEvidence },
  { check: 'coverage gaps', run: checkGaps },
];

class Wrong extends Error {}

function runCheck(db: Db, check: string, run: (db: Db) => string): VerifyCheck {
  try {
    return { check, ok: true, detail: run(db) };
  } catch (error) {
    return { check, ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

const count = (db: Db, sql: string): number => db.prepare<[], number>(sql).pluck().get() ?? 0;

function checkFile(db: Db): string {
  const answer = String(db.pragma('integrity_check(1)', { simple: true }));
  if (answer !== 'ok') throw new Wrong(answer);
  return `${count(db, 'SELECT count(*) FROM sqlite_schema')} tables and indexes are sound`;
}

function checkSequence(db: Db): string {
  const span = db
    .prepare<[], { first: number; last: number; rows: number }>(
      `SELECT ifnull(min(sequence), 0) AS first, ifnull(max(sequence), 0) AS last, count(*) AS rows
       FROM journal`,
    )
    .get() ?? { first: 0, last: 0, rows: 0 };
  const { first, last, rows } = span;
  if (rows > 0 && last - first + 1 !== rows) {
    throw new Wrong(`${last - first + 1 - rows} rows are missing between ${first} and ${last}`);
  }
  const lastKnown = readMeta(db, 'last_sequence');
  if (rows > 0 && lastKnown !== last) throw new Wrong(`the last row is ${last}, not ${lastKnown}`);
  return rows === 0 ? 'no rows' : `${rows} rows, ${first} to ${last}`;
}

function checkRows(db: Db): string {
  const unpack = createRowUnpacker(db);
  let records = 0;
  for (const sequence of db.prepare<[], number>('SELECT sequence FROM journal').pluck().all()) {
    const row = unpack(sequence);
    if (row === null) throw new Wrong(`row ${sequence} can not be read`);
    if (row.recordCount > 0 && row.record(row.recordCount - 1) === null) {
      throw new Wrong(`row ${sequence} has fewer records than it says`);
    }
    records += row.recordCount;
  }
  return `${records} records can be unpacked`;
}

const COUNTS = ['accepted', 'duplicate', 'rejected', 'skipped', 'late'] as const;

/** Every record was accepted, a duplicate, refused, skipped or a control; none twice, none lost. */
function checkLedger(db: Db): string {
  const uneven = db
    .prepare<[], number>(
      `SELECT sequence FROM journal WHERE accepted IS NOT NULL
       AND record_count <> accepted + duplicate + rejected + skipped + controls LIMIT 1`,
    )
    .pluck()
    .get();
  if (uneven !== undefined) throw new Wrong(`row ${uneven} does not account for all its records`);
  for (const name of COUNTS) {
    const total = count(db, `SELECT ifnull(sum(${name}), 0) FROM ledger`);
    const rows = count(db, `SELECT ifnull(sum(${name}), 0) FROM journal`);
    const retired = readMeta(db, `retired_${name}` satisfies MetaKey);
    if (total !== rows + retired) {
      throw new Wrong(`${name}: ${total} counted, but ${rows + retired} in rows`);
    }
  }
  return `${count(db, 'SELECT ifnull(sum(accepted), 0) FROM ledger')} events accounted for`;
}

function checkAudit(db: Db): string {
  const select = db.prepare<[], AuditTableRow>('SELECT * FROM audit ORDER BY sequence');
  let previous = FIRST_PREVIOUS_HASH;
  let expected = 1;
  for (const row of select.iterate()) {
    if (row.sequence !== expected) throw new Wrong(`entry ${expected} is missing`);
    if (row.prev_hash !== previous || row.hash !== auditHash(previous, row)) {
      throw new Wrong(`entry ${row.sequence} was changed after it was written`);
    }
    previous = row.hash;
    expected += 1;
  }
  const known = readMeta(db, 'audit_rows');
  if (expected - 1 !== known) throw new Wrong(`${expected - 1} entries, but ${known} were written`);
  if (previous !== readAuditHead(db))
    throw new Wrong('the newest entry is not the one written last');
  return `${expected - 1} entries, head ${previous.slice(0, 16)}`;
}

function checkFindings(db: Db): string {
  const orphan = db
    .prepare<[], string>(
      'SELECT id FROM finding WHERE incident_id NOT IN (SELECT id FROM incident) LIMIT 1',
    )
    .pluck()
    .get();
  if (orphan !== undefined) throw new Wrong(`finding ${orphan} belongs to no incident`);
  return `${count(db, 'SELECT count(*) FROM finding')} findings, each in an incident`;
}

/** What is searched by must be what is shown. */
function checkGaps(db: Db): string {
  const wrong = db
    .prepare<[], string>(
      `SELECT id FROM coverage_gap WHERE from_time > to_time OR id IS NOT json ->> 'id'
         OR from_time IS NOT json ->> 'from' OR to_time < json ->> 'to'
         OR lost IS NOT json ->> 'lost' LIMIT 1`,
    )
    .pluck()
    .get();
  if (wrong !== undefined) throw new Wrong(`gap ${wrong} is not what its columns say`);
  return `${count(db, 'SELECT count(*) FROM coverage_gap')} gaps are as they were written`;
}

/** Evidence holds the very bytes of its journal record, as long as that row is kept. */
function checkEvidence(db: Db): string {
  const unpack = createRowUnpacker(db);
  const select = db.prepare<
    [],
    { event_id: string; sequence: number; record_index: number; raw: Buffer | null }
  >(
    `SELECT event_id, sequence, record_index, raw FROM event
     WHERE sequence >= (SELECT min(sequence) FROM journal) ORDER BY sequence`,
  );
  for (const row of select.iterate()) {
    const record = unpack(row.sequence)?.record(row.record_index) ?? null;
    if (record === null || row.raw === null || !record.bytes.equals(row.raw)) {
      throw new Wrong(`event ${row.event_id} is not what row ${row.sequence} holds`);
    }
  }
  return `${count(db, 'SELECT count(*) FROM event')} events kept verbatim`;
}
