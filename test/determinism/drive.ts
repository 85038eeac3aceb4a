// Drives the real rooms, without store and doors, over one arrangement cut into parts and batches.
import { DEFAULT_CORE_SETTINGS } from '../../src/config/core-settings.ts';
import type { Raised, Received } from '../../src/model/batch.ts';
import type { Control, CoreSettings } from '../../src/model/observation.ts';
import type { Part, RawRecord } from '../../src/model/part.ts';
import { judge } from '../../src/pipeline.ts';
import {
  type RecoverableRooms,
  readSnapshot,
  restoreSnapshot,
  takeSnapshot,
} from '../../src/recovery.ts';
import { type Arriving, originOf } from './arrange.ts';
import type { Random } from './random.ts';
import { TEST_RULES } from './rules.ts';
import { QUIET_MS, START_MS } from './story.ts';

export const TEST_SETTINGS: CoreSettings = {
  ...DEFAULT_CORE_SETTINGS,
  quietPeriodMs: QUIET_MS,
  reopenWindowMs: 30_000,
  evidencePerRuleMax: 3,
};

export interface DriveOptions {
  readonly random: Random;
  readonly createRooms: () => RecoverableRooms;
  /** 1: every record alone; else up to so many records in a batch. */
  readonly batchMax: number;
  /** Probability of a snapshot and a restore between two batches. */
  readonly restarts: number;
}

/** Everything an analyst could see, in a form that can be compared. */
export interface Outcome {
  readonly incidents: readonly unknown[];
  readonly members: readonly string[];
  readonly folded: Readonly<Record<string, number>>;
  readonly receipts: readonly unknown[];
  readonly gaps: readonly unknown[];
  readonly lateCount: number;
  readonly merges: number;
}

export function drive(arriving: readonly Arriving[], options: DriveOptions): Outcome {
  const collector = new Collector();
  const rows: Received[] = [];
  let rooms = options.createRooms();
  const run = (parts: readonly Part[]): void => {
    const row = { sequence: rows.length + 1, parts };
    rows.push(row);
    collector.add(judge(rooms, row));
  };
  run(openingParts());
  for (const batch of cutIntoBatches(arriving, options)) {
    run(cutIntoParts(batch, options.random));
    if (!options.random.chance(options.restarts)) continue;
    rooms = restart(rooms, options.createRooms(), rows);
  }
  return collector.outcome();
}

const openingParts = (): readonly Part[] =>
  [
    { kind: 'settings', hash: 'test', settings: TEST_SETTINGS } satisfies Control,
    TEST_RULES satisfies Control,
  ].map((control) => controlPart(control, START_MS));

function controlPart(control: Control, receivedMs: number): Part {
  const bytes = Buffer.from(JSON.stringify(control));
  const records = [{ bytes, position: 0 }];
  return { origin: originOf(control), receivedAt: receivedMs * 1000, records };
}

function* cutIntoBatches(
  arriving: readonly Arriving[],
  { random, batchMax }: DriveOptions,
): Generator<readonly Arriving[]> {
  let at = 0;
  while (at < arriving.length) {
    const size = 1 + random.integer(batchMax);
    yield arriving.slice(at, at + size);
    at += size;
  }
}

/** Neighbors of one origin and one receipt may share a part, or not. */
function cutIntoParts(batch: readonly Arriving[], random: Random): readonly Part[] {
  const parts: Part[] = [];
  let records: RawRecord[] = [];
  let last: Pick<Part, 'origin' | 'receivedAt'> | undefined;
  for (const entry of batch) {
    if (entry.kind === 'control') {
      parts.push(controlPart(entry.control, entry.receivedMs));
      last = undefined;
      continue;
    }
    const { origin, bytes, position } = entry.record;
    const receivedAt = entry.receivedMs * 1000;
    if (last?.origin !== origin || last.receivedAt !== receivedAt || random.chance(0.3)) {
      records = [];
      parts.push({ origin, receivedAt, records });
      last = { origin, receivedAt };
    }
    records.push({ bytes, position });
  }
  return parts;
}

/** A crash and a recovery: state from the snapshot, held events from the rows. */
function restart(
  rooms: RecoverableRooms,
  fresh: RecoverableRooms,
  rows: readonly Received[],
): RecoverableRooms {
  const snapshot = takeSnapshot(rooms, {
    sequence: rows.length,
    engine: 'test',
    receivedAt: 0,
    ruleSetHash: '',
    settingsHash: '',
  });
  const usable = readSnapshot(snapshot);
  if (usable === null) throw new Error('A snapshot that was just taken can not be used.');
  restoreSnapshot(fresh, usable);
  for (const row of rows) {
    if (row.sequence < snapshot.heldFromSequence) continue;
    fresh.order.rehold(fresh.sensors.reread(row).arrivals);
  }
  return fresh;
}

/** Adds up what the batches raised. */
class Collector {
  private readonly incidents = new Map<string, unknown>();
  private readonly members = new Map<string, string>();
  private readonly folded: Record<string, number> = {};
  private readonly receipts: unknown[] = [];
  private readonly gaps = new Map<string, unknown>();
  private lateCount = 0;
  private merges = 0;

  add(raised: Raised): void {
    for (const incident of raised.incidents) this.incidents.set(incident.id, incident);
    for (const { finding, incidentId } of raised.placed) {
      const { id, ruleId, level, time, late } = finding;
      const events = finding.events.map((event) => event.eventId).join();
      const lineage = finding.ancestors.map((ancestor) => ancestor.entityId).join('>');
      this.members.set(id, [incidentId, id, ruleId, level, time, late, events, lineage].join(' '));
    }
    for (const { incidentId, ruleId, count } of raised.folded) {
      const key = `${incidentId} ${ruleId}`;
      this.folded[key] = (this.folded[key] ?? 0) + count;
    }
    this.receipts.push(...raised.receipts);
    for (const gap of raised.gaps) this.gaps.set(gap.id, gap);
    this.lateCount += raised.lateCount;
    this.merges += raised.changes.filter((change) => change.reason === 'merged').length;
  }

  outcome(): Outcome {
    const ids = [...this.incidents.keys()].toSorted();
    return {
      incidents: ids.map((id) => this.incidents.get(id)),
      members: [...this.members.values()].toSorted(),
      folded: this.folded,
      receipts: this.receipts,
      gaps: [...this.gaps.keys()].toSorted().map((id) => this.gaps.get(id)),
      lateCount: this.lateCount,
      merges: this.merges,
    };
  }
}
