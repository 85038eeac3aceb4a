import type { Static } from 'typebox';
import { formatTime, formatTimeOrNull } from '../lib/format-time.ts';
import { MICROS_PER_MS, type Micros } from '../model/micros.ts';
import type { Scope } from '../model/scope.ts';
import type { StoreStatus } from '../store/ports.ts';
import type { LiveFile, LiveLane, LiveStatus } from './context.ts';
import type { StatusBody } from './schemas/status.ts';

/** A page must stay readable with 20,000 lanes; those furthest behind are the ones that matter. */
const LANES_SHOWN_MAX = 200;
const FILES_SHOWN_MAX = 200;

export interface StatusParts {
  readonly version: string;
  readonly stored: StoreStatus;
  readonly gapsLastHour: number;
  readonly live: LiveStatus;
  readonly scope: Scope;
  readonly now: Micros;
}

/**
 * Joins what the store counts with what is true in memory; lanes only of the clusters one may see.
 * What is not counted by cluster is null for who may see only some of them. The watermark is one
 * for all clusters and decides for each when its events are judged, so everybody is told it.
 */
export function presentStatus(parts: StatusParts): Static<typeof StatusBody> {
  const { stored, live, now } = parts;
  const { clusters } = parts.scope;
  const isVisible = ({ cluster }: { readonly cluster: string }): boolean =>
    clusters === null || clusters.includes(cluster);
  const lanes = live.lanes.filter(isVisible);
  const furthest = lanes.toSorted((a, b) => b.behindMs - a.behindMs).slice(0, LANES_SHOWN_MAX);
  const { events } = stored;
  const ofAll = <Figure>(figure: Figure): Figure | null => (clusters === null ? figure : null);
  return {
    version: parts.version,
    events: { ...events },
    watermark: formatTimeOrNull(live.watermark),
    watermarkLagMs: live.watermark === null ? null : (now - live.watermark) / MICROS_PER_MS,
    lanes: furthest.map(presentLane),
    lanesTotal: lanes.length,
    held: ofAll({ ...live.held }),
    ...presentFiles(live.files.filter(isVisible)),
    intake: ofAll({ bytes: live.intake.bytes, bytesMax: live.intake.max }),
    releasedEarly: ofAll(live.releasedEarly),
    journal: ofAll(presentJournal(stored)),
    incidents: { ...stored.incidents },
    coverage: { gapsLastHour: parts.gapsLastHour },
    lastSnapshot: ofAll(presentSnapshot(stored)),
    deadLetters: stored.deadLetters,
    coreFaults: ofAll(stored.coreFaults),
    outputsDiffered: ofAll(stored.outputsDiffered),
    checks: live.checks.map(({ name, ok, detail }) => ({ name, ok, detail })),
  };
}

const presentSnapshot = ({ lastSnapshot: saved }: StoreStatus) =>
  saved === null ? null : { sequence: saved.sequence, time: formatTime(saved.at) };

const presentJournal = (stored: StoreStatus) => ({
  rows: stored.journalRows,
  bytes: stored.journalBytes,
  databaseBytes: stored.databaseBytes,
});

/** Followed files, those furthest behind first. */
export const presentFiles = (files: readonly LiveFile[]) => ({
  files: files
    .toSorted((a, b) => b.behindBytes - a.behindBytes)
    .slice(0, FILES_SHOWN_MAX)
    .map(presentFile),
  filesTotal: files.length,
});

const presentFile = (file: LiveFile) => ({
  path: file.path,
  cluster: file.cluster,
  position: file.position,
  behindBytes: file.behindBytes,
  lines: file.lines,
  lastRead: formatTimeOrNull(file.lastReadAt),
  error: file.error,
});

const presentLane = (lane: LiveLane) => ({
  carrier: lane.carrier,
  partition: lane.partition,
  sensor: lane.sensor,
  cluster: lane.cluster,
  node: lane.node,
  newest: formatTime(lane.newest),
  counts: lane.counts,
  behindMs: lane.behindMs,
});
