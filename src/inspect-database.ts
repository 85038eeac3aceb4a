// What the doctor says of a database file: its newest records are read and joined again, in memory.
import { DEFAULT_CORE_SETTINGS } from './config/core-settings.ts';
import { compileRuleSet } from './detect/compile-rule-set.ts';
import { createArrivals } from './doctor/arrivals.ts';
import type { ArrivalsReport } from './doctor/arrivals-report.ts';
import { controlPart } from './ingest/clock.ts';
import { readRulesFolder } from './ingest/rules-folder.ts';
import type { Micros } from './model/micros.ts';
import { judge } from './pipeline.ts';
import { createRooms } from './rooms.ts';
import { recentRows } from './store/recent-rows.ts';

export interface InspectOptions {
  readonly file: string;
  /** The rules that shall see what arrives. */
  readonly rulesDirectory: string;
}

/** Enough to know every node and rule by, and read in a second or two. */
const RECORDS_MAX = 50_000;

/**
 * What arrived last, as of its receipt. Pods and processes that only older records tell of are not
 * known here.
 *
 * @throws StoreError if the file can not be opened; the system's error if there is no such folder.
 */
export async function inspectDatabase(options: InspectOptions): Promise<ArrivalsReport> {
  const { files } = await readRulesFolder(options.rulesDirectory);
  const rooms = createRooms(DEFAULT_CORE_SETTINGS);
  let now: Micros = 0;
  let sequence = 0;
  let arrivals: ReturnType<typeof createArrivals> | null = null;
  for (const row of recentRows(options.file, RECORDS_MAX)) {
    now = row.parts.at(-1)?.receivedAt ?? now;
    sequence = row.sequence;
    arrivals ??= createArrivals({ rules: compileRuleSet(files), now: () => now });
    arrivals.onBatch(judge(rooms, row));
  }
  arrivals ??= createArrivals({ rules: compileRuleSet(files), now: () => now });
  const end = controlPart('clock', { kind: 'end' }, now);
  arrivals.onBatch(judge(rooms, { sequence: sequence + 1, parts: [end] }));
  return { ...arrivals.report({ clusters: null }), refusedRequests: null };
}
