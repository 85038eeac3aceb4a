import { openForReading } from './database.ts';
import { createJournalReader, decodeJournalRow } from './journal-reader.ts';
import type { JournalRow } from './ports.ts';

/**
 * The newest rows of a journal, in order: as many as hold `recordsMax` records, and at least one.
 * Reads beside a server that writes; what it adds meanwhile may be among them.
 *
 * @throws StoreError if the file can not be opened.
 */
export function* recentRows(file: string, recordsMax: number): Generator<JournalRow> {
  const db = openForReading(file);
  try {
    const counts = db
      .prepare<[], [number, number]>(
        'SELECT sequence, record_count FROM journal ORDER BY sequence DESC',
      )
      .raw();
    let first: number | null = null;
    let records = 0;
    for (const [sequence, count] of counts.iterate()) {
      first = sequence;
      records += count;
      if (records >= recordsMax) break;
    }
    const readPage = createJournalReader(db);
    for (let next = first; next !== null;) {
      const page = readPage(next);
      for (const row of page.rows) yield decodeJournalRow(row);
      next = page.next;
    }
  } finally {
    db.close();
  }
}
