import { DEFAULT_CORE_SETTINGS } from './config/core-settings.ts';
import type { Micros } from './model/micros.ts';
import { judge } from './pipeline.ts';
import { isWhole, loadUsable, noteControls, recover, takeSnapshot } from './recovery.ts';
import { createRooms } from './rooms.ts';
import { openStoreReader, openStoreWriter } from './store/open-store.ts';
import type { StoreWriter } from './store/ports.ts';
import { StoreError } from './store/store-error.ts';

export interface RebuildFromJournal {
  readonly from: string;
  readonly to: string;
  readonly engine: string;
  readonly wallTime: () => Micros;
  readonly onProgress?: (rows: number) => void;
}

export interface Rebuilt {
  readonly rows: number;
  readonly incidents: number;
  /** The journal row from which on everything was judged again; what lies before was copied. */
  readonly judgedFrom: number;
}

/**
 * Judges the journal of one database again, into a fresh one. Incidents keep the numbers the old
 * file gave them. If the first rows of the journal were deleted, the new file begins as a copy, and
 * what lies behind the oldest snapshot is judged again.
 *
 * @throws StoreError `corrupt` if the journal begins late and no snapshot can be read.
 */
export async function rebuild(options: RebuildFromJournal): Promise<Rebuilt> {
  const source = await openStoreWriter({ file: options.from, durability: 'full' });
  let judgedFrom = 1;
  try {
    if (await isWhole(source)) await rebuildWhole(source, options);
    else judgedFrom = await rebuildTrimmed(source, options);
  } finally {
    await source.close();
  }
  const reader = await openStoreReader(options.to);
  try {
    const status = await reader.status({ clusters: null });
    const incidents = Object.values(status.incidents).reduce((sum, count) => sum + count, 0);
    return { rows: status.journalRows, incidents, judgedFrom };
  } finally {
    await reader.close();
  }
}

async function rebuildWhole(source: StoreWriter, options: RebuildFromJournal): Promise<void> {
  const { from, to, engine, wallTime } = options;
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
}

/**
 * Rules, settings, pods and open incidents of deleted rows stand in the snapshots alone, so this
 * begins with the oldest one. Returns the first row that was judged again.
 */
async function rebuildTrimmed(source: StoreWriter, options: RebuildFromJournal): Promise<number> {
  const { to, engine, wallTime } = options;
  // Looked for before the copy: a refusal leaves no file behind.
  if ((await loadUsable(source, 'oldest')) === null) {
    const why = 'The first rows of the journal were deleted by age or size, and no snapshot';
    throw new StoreError('corrupt', `${why} can be read: nothing was rebuilt. Use a backup.`);
  }
  await source.copyTo(to);
  const target = await openStoreWriter({ file: to, durability: 'os' });
  try {
    const rooms = createRooms(DEFAULT_CORE_SETTINGS);
    let rows = 0;
    const recovered = await recover(rooms, target, {
      from: 'oldest',
      rewritesAll: true,
      rewrite: async (raised, { run, faultIndexes }, { ruleSetHash, settingsHash }) => {
        const context = { run, engine, ruleSetHash, settingsHash, faultIndexes };
        await target.commit(raised, { ...context, wallTime: wallTime(), newRow: false });
        rows += 1;
        options.onProgress?.(rows);
      },
    });
    const { ruleSetHash, settingsHash, lastReceivedAt: receivedAt, nextSequence } = recovered;
    const at = { sequence: nextSequence - 1, engine, receivedAt, ruleSetHash, settingsHash };
    await target.saveSnapshot(takeSnapshot(rooms, at, recovered.idleTick));
    return (recovered.snapshotSequence ?? 0) + 1;
  } finally {
    await target.close();
  }
}
