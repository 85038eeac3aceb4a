import { hash } from 'node:crypto';
import type { AuditEntry } from '../model/incident.ts';
import type { Db } from './database.ts';

/** Stands for the row before the first one. */
export const FIRST_PREVIOUS_HASH = '0'.repeat(64);

export interface AuditChain {
  /** Appends what is not there yet; an action judged again adds nothing. */
  append(entries: readonly AuditEntry[]): void;
}

export interface AuditTableRow {
  readonly sequence: number;
  readonly at: number;
  readonly actor: string;
  readonly via: string;
  readonly action_id: string;
  readonly incident_id: string;
  readonly action: string;
  readonly before: string;
  readonly after: string;
  readonly text: string | null;
  readonly prev_hash: string;
  readonly hash: string;
}

/** SHA-256 over the hash of the row before and every column of this one. */
export function auditHash(previousHash: string, row: Omit<AuditTableRow, 'prev_hash' | 'hash'>) {
  const columns = [
    row.sequence,
    row.at,
    row.actor,
    row.via,
    row.action_id,
    row.incident_id,
    row.action,
    row.before,
    row.after,
    row.text,
  ];
  return hash('sha256', previousHash + JSON.stringify(columns), 'hex');
}

/** The texts as SQLite gives them back: half a surrogate pair has no form in UTF-8. */
function storedColumns(entry: AuditEntry) {
  return {
    at: entry.at,
    actor: entry.actor.toWellFormed(),
    via: entry.via.toWellFormed(),
    action_id: entry.actionId.toWellFormed(),
    incident_id: entry.incidentId.toWellFormed(),
    action: entry.action.toWellFormed(),
    before: entry.before.toWellFormed(),
    after: entry.after.toWellFormed(),
    text: entry.text?.toWellFormed() ?? null,
  };
}

export function createAuditChain(db: Db): AuditChain {
  const exists = db
    .prepare<[string, string, string], number>(
      'SELECT 1 FROM audit WHERE action_id = ? AND incident_id = ? AND action = ?',
    )
    .pluck();
  const last = db.prepare<[], { sequence: number; hash: string }>(
    'SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1',
  );
  const insert = db.prepare(
    `INSERT INTO audit VALUES (@sequence, @at, @actor, @via, @action_id, @incident_id, @action,
       @before, @after, @text, @prev_hash, @hash)`,
  );
  const noteHead = db.prepare(
    'INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
  );
  const append = (entry: AuditEntry): void => {
    const head = last.get() ?? { sequence: 0, hash: FIRST_PREVIOUS_HASH };
    const row = { ...storedColumns(entry), sequence: head.sequence + 1 };
    const rowHash = auditHash(head.hash, row);
    insert.run({ ...row, prev_hash: head.hash, hash: rowHash });
    noteHead.run('audit_rows', row.sequence);
    noteHead.run('audit_head', rowHash);
  };
  return {
    append(entries) {
      for (const entry of entries) {
        const known = exists.get(entry.actionId, entry.incidentId, entry.action);
        if (known === undefined) append(entry);
      }
    },
  };
}
