import { LIMITS } from '../config/limits.ts';
import type { Micros } from '../model/micros.ts';
import type { RefusedRecord } from './batch-message.ts';
import type { Db } from './database.ts';
import type { MetaWriter } from './meta.ts';

export interface DeadLetters {
  /** Keeps a refused record once, with as much of its bytes as the limit allows. */
  add(at: Micros, sequence: number, letter: RefusedRecord & { raw: Buffer | null }): void;
  /** Throws the oldest out until rows and bytes are within their limits. */
  trim(): void;
  /** Counts again, after a rollback. */
  reload(): void;
}

export interface DeadLetterLimits {
  readonly rowsMax: number;
  readonly bytesMax: number;
}

const DEFAULT_LIMITS: DeadLetterLimits = {
  rowsMax: LIMITS.deadLettersMax,
  bytesMax: LIMITS.deadLetterBytesMax,
};

const TRIM_STEP = 100;

export function createDeadLetters(
  db: Db,
  meta: MetaWriter,
  limits: DeadLetterLimits = DEFAULT_LIMITS,
): DeadLetters {
  const insert = db.prepare(
    `INSERT INTO dead_letter (at, code, detail, cluster, sequence, record_index, raw_bytes, raw)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const count = db.prepare<[], { rows: number; bytes: number }>(
    'SELECT count(*) AS rows, ifnull(sum(length(raw)), 0) AS bytes FROM dead_letter',
  );
  const oldest = db.prepare<[number], { number: number; bytes: number }>(
    'SELECT number, ifnull(length(raw), 0) AS bytes FROM dead_letter ORDER BY number LIMIT ?',
  );
  const removeUpTo = db.prepare('DELETE FROM dead_letter WHERE number <= ?');
  let kept = count.get() ?? { rows: 0, bytes: 0 };

  const overflows = (): boolean => kept.rows > limits.rowsMax || kept.bytes > limits.bytesMax;
  const removeSome = (): void => {
    let last = 0;
    for (const row of oldest.all(TRIM_STEP)) {
      if (!overflows()) break;
      kept.rows -= 1;
      kept.bytes -= row.bytes;
      last = row.number;
    }
    removeUpTo.run(last);
  };
  return {
    add(at, sequence, { raw, code, detail, cluster, index }) {
      const cut = raw?.subarray(0, LIMITS.deadLetterRawBytesMax) ?? null;
      const place = [cluster, sequence, index, raw?.byteLength ?? 0];
      if (insert.run(at, code, detail, ...place, cut).changes === 0) return;
      kept.rows += 1;
      kept.bytes += cut?.byteLength ?? 0;
      meta.add('dead_letters', 1);
    },
    trim() {
      while (overflows()) removeSome();
    },
    reload() {
      kept = count.get() ?? { rows: 0, bytes: 0 };
    },
  };
}
