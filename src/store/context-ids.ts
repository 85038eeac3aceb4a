import type { Db } from './database.ts';
import type { RowContext } from './ports.ts';

export interface ContextIds {
  idOf(context: RowContext): number;
}

/** What thousands of rows in a row have in common is kept once. */
export function createContextIds(db: Db): ContextIds {
  const insert = db.prepare(
    `INSERT INTO journal_context (run, engine, rule_set_hash, settings_hash) VALUES (?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
  );
  const select = db.prepare<[string, string, string, string], { id: number }>(
    `SELECT id FROM journal_context
     WHERE run = ? AND engine = ? AND rule_set_hash = ? AND settings_hash = ?`,
  );
  return {
    idOf({ run, engine, ruleSetHash, settingsHash }) {
      const found = select.get(run, engine, ruleSetHash, settingsHash);
      if (found !== undefined) return found.id;
      return Number(insert.run(run, engine, ruleSetHash, settingsHash).lastInsertRowid);
    },
  };
}
