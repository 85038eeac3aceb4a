import type { SourcePosition } from '../model/part.ts';
import type { Db } from './database.ts';

export interface SourcePositions {
  /** Within the caller's transaction: that of the journal row that holds what was read. */
  write(positions: readonly SourcePosition[]): void;
}

/** The table of how far each source was read. */
export function createSourcePositions(db: Db): SourcePositions {
  const put = db.prepare('INSERT OR REPLACE INTO source_position VALUES (?, ?)');
  const forget = db.prepare('DELETE FROM source_position WHERE source = ?');
  return {
    write(positions) {
      for (const { source, position } of positions) {
        if (position === null) forget.run(source);
        else put.run(source, position);
      }
    },
  };
}

/** All positions, sorted by source. */
export const readSourcePositions = (db: Db): readonly SourcePosition[] =>
  db
    .prepare<[], SourcePosition>('SELECT source, position FROM source_position ORDER BY source')
    .all();
