import { DEFAULT_CORE_SETTINGS } from './config/core-settings.ts';
import type { Micros } from './model/micros.ts';
import { judge } from './pipeline.ts';
import { noteControls, takeSnapshot } from './recovery.ts';
import { createRooms } from './rooms.ts';
import { openStoreReader, openStoreWriter } from './store/open-store.ts';

export interface RebuildFromJournal {
  readonly from: string;
  readonly to: string;
  readonly engine: string;
  readonly wallTime: () => Micros;
  readonly onProgress?: (rows: number) => void;
}

/**
 * Judges every journal row of one database again, into a fresh one. Incidents keep the numbers the
 * old file gave them; what is older than its oldest journal row is copied over.
 */
export async function rebuild(
  options: RebuildFromJournal,
): Promise<{ rows: number; incidents: number }> {
  const { from, to, engine, wallTime } = options;
  const source = await openStoreWriter({ file: from, durability: 'full' });
  try {
    const target = await openStoreWriter({ file: to, durability: 'os', numbersFrom: from });
    try {
      const rooms = createRooms(DEFAULT_CORE_SETTINGS);
      let state = { ruleSetHash: '', settingsHash: '', lastReceivedAt: 0 };
      let rows = 0;
      let sequence = 0;
      for await (const row of source.readJournal(0)) {
        const raised = judge(rooms, row);
        state = noteControls(row, state);
        const { run, faultIndexes } = row;
        const { ruleSetHash, settingsHash } = state;
        const context = { run, engine, ruleSetHash, settingsHash, faultIndexes };
        await target.commit(raised, { ...context, wallTime: wallTime(), newRow: true });
        rows += 1;
        sequence = row.sequence;
        options.onProgress?.(rows);
      }
      const at = { ...state, sequence, engine, receivedAt: state.lastReceivedAt };
      if (rows > 0) await target.saveSnapshot(takeSnapshot(rooms, at));
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
  const reader = await openStoreReader(to);
  try {
    const status = await reader.status({ clusters: null });
    const incidents = Object.values(status.incidents).reduce((sum, count) => sum + count, 0);
    return { rows: status.journalRows, incidents };
  } finally {
    await reader.close();
  }
}
