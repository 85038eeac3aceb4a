import type { Db } from './database.ts';
import { openForReading } from './database.ts';
import { peekedSearchText, peekEvent } from './peek-event.ts';

/** Numbers of an older database's incidents, by incident id. */
export function readIncidentNumbers(file: string): Map<string, number> {
  const old = openForReading(file);
  try {
    const rows = old.prepare<[], [string, number]>('SELECT id, number FROM incident').raw().all();
    return new Map(rows);
  } finally {
    old.close();
  }
}

/** What belongs to incidents that ended before the oldest journal row: nothing can rebuild it. */
const COPIES: readonly string[] = [
  `INSERT INTO main.incident SELECT * FROM old.incident WHERE last_time < @before`,
  `INSERT INTO main.finding SELECT * FROM old.finding
   WHERE incident_id IN (SELECT id FROM main.incident)`,
  `INSERT INTO main.incident_event SELECT * FROM old.incident_event
   WHERE incident_id IN (SELECT id FROM main.incident)`,
  `INSERT INTO main.event SELECT * FROM old.event
   WHERE event_id IN (SELECT event_id FROM main.incident_event)`,
  `INSERT INTO main.incident_change SELECT * FROM old.incident_change
   WHERE sequence < @oldest AND incident_id IN (SELECT id FROM main.incident)`,
  `INSERT INTO main.folded SELECT * FROM old.folded
   WHERE sequence < @oldest AND incident_id IN (SELECT id FROM main.incident)`,
  `INSERT INTO main.dead_letter SELECT * FROM old.dead_letter WHERE sequence < @oldest`,
];

interface Beginning {
  readonly oldest: number;
  readonly before: number;
}

/**
 * Brings into a fresh database what a rebuild from the older one's journal can not make again: the
 * audit log with its chain of hashes, the faults of the core, and incidents older than the journal.
 */
export function carryOver(db: Db, file: string): void {
  // Opening it for reading first refuses a file of another program or schema with a clear error.
  openForReading(file).close();
  db.prepare('ATTACH ? AS old').run(file);
  try {
    db.transaction(copyAll).immediate(db);
  } finally {
    db.exec('DETACH old');
  }
}

function copyAll(db: Db): void {
  db.exec('INSERT INTO main.audit SELECT * FROM old.audit ORDER BY sequence');
  db.exec('INSERT INTO main.core_fault SELECT * FROM old.core_fault');
  const beginning = db
    .prepare<[], Beginning>(
      `SELECT sequence AS oldest, ifnull(first_event_time, first_received_at) AS before
       FROM old.journal ORDER BY sequence LIMIT 1`,
    )
    .get();
  if (beginning === undefined || beginning.oldest <= 1) return;
  for (const copy of COPIES) db.prepare(copy).run(beginning);
  indexTexts(db);
}

/** The text index keeps no text of its own, so it is made again from the raw events. */
function indexTexts(db: Db): void {
  const insert = db.prepare('INSERT INTO event_text (rowid, text) VALUES (?, ?)');
  const select = db.prepare<[], { number: number; raw: Buffer }>(
    'SELECT number, raw FROM main.event WHERE raw IS NOT NULL',
  );
  for (const { number, raw } of select.all()) {
    const text = peekedSearchText(peekEvent(raw));
    if (text !== '') insert.run(number, text);
  }
}
