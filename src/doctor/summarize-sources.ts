import type { Micros } from '../model/micros.ts';
import type { EventKind } from '../model/security-event.ts';
import {
  type AlertFieldsReport,
  type ArrivalsReport,
  NODES_SHOWN_MAX,
  type NodeReport,
  type SensorReport,
} from './arrivals-report.ts';
import { type SourceTally, TETRAGON_VERSIONS } from './source-tally.ts';

/** One line per sensor, over all of its nodes and lanes. */
export function summarizeSensors(tallies: readonly SourceTally[]): readonly SensorReport[] {
  const sensors = new Set(tallies.map(({ sensor }) => sensor));
  return [...sensors]
    .toSorted()
    .map((sensor) => summarizeSensor(tallies.filter((tally) => tally.sensor === sensor)));
}

function summarizeSensor(tallies: readonly SourceTally[]): SensorReport {
  const sum = (count: (tally: SourceTally) => number): number =>
    tallies.reduce((total, tally) => total + count(tally), 0);
  const nodes = nodesOf(tallies);
  const atLeast = Math.max(...tallies.map(({ versionAtLeast }) => versionAtLeast));
  return {
    sensor: tallies[0]?.sensor ?? 'falco',
    accepted: sum(({ accepted }) => accepted),
    duplicate: sum(({ duplicate }) => duplicate),
    late: sum(({ late }) => late),
    nodes: nodes.length,
    versions: versionsOf(nodes),
    versionAtLeast: TETRAGON_VERSIONS[atLeast] ?? null,
    kinds: mergeCounts<EventKind>(tallies.map(({ kinds }) => kinds)),
    newest: latest(tallies.map(({ newest }) => newest)),
    lastReceivedAt: latest(tallies.map(({ lastReceivedAt }) => lastReceivedAt)),
    judged: {
      events: sum(({ judged }) => judged),
      onHost: sum(({ onHost }) => onHost),
      withPod: sum(({ withPod }) => withPod),
      ambiguousPod: sum(({ ambiguousPod }) => ambiguousPod),
      withProcess: sum(({ withProcess }) => withProcess),
      joins: mergeCounts(tallies.map(({ joins }) => joins)),
    },
    alertFields: nodes.map(({ alertFields }) => alertFields).reduce(addFields, NO_FIELDS),
  };
}

/** Times that were never set lie before all that is. */
function latest(times: readonly Micros[]): Micros | null {
  const newest = Math.max(...times);
  return newest > 0 ? newest : null;
}

function mergeCounts<Key extends string>(
  all: readonly ReadonlyMap<Key, number>[],
): Readonly<Partial<Record<Key, number>>> {
  const total: Partial<Record<Key, number>> = {};
  for (const counts of all) {
    for (const [key, count] of counts) total[key] = (total[key] ?? 0) + count;
  }
  return total;
}

function versionsOf(nodes: readonly NodeReport[]): SensorReport['versions'] {
  const counts = new Map<string, number>();
  for (const { version } of nodes) {
    if (version !== null) counts.set(version, (counts.get(version) ?? 0) + 1);
  }
  return [...counts]
    .map(([version, count]) => ({ version, nodes: count }))
    .toSorted((a, b) => b.nodes - a.nodes);
}

/** The nodes furthest from the clock here, and how many there are. */
export function summarizeNodes(
  tallies: readonly SourceTally[],
): Pick<ArrivalsReport, 'nodes' | 'nodesTotal'> {
  const all = nodesOf(tallies);
  const furthest = all.toSorted((a, b) => Math.abs(b.delayMin) - Math.abs(a.delayMin));
  return { nodes: furthest.slice(0, NODES_SHOWN_MAX), nodesTotal: all.length };
}

/** One line per sensor and node; a node may have several lanes, through several carriers. */
function nodesOf(tallies: readonly SourceTally[]): readonly NodeReport[] {
  const nodes = new Map<string, NodeReport>();
  for (const tally of tallies) {
    if (tally.accepted + tally.duplicate === 0) continue;
    const key = [tally.cluster, tally.node, tally.sensor].join('\0');
    const other = nodes.get(key);
    const own = reportOf(tally);
    nodes.set(key, other === undefined ? own : joinReports(other, own));
  }
  return [...nodes.values()];
}

function reportOf(tally: SourceTally): NodeReport {
  const { cluster, node, sensor, accepted, late, version, lastReceivedAt } = tally;
  const delayMin = Math.min(tally.delayMin, tally.delayMinBefore);
  const delayMax = Math.max(tally.delayMax, tally.delayMaxBefore);
  // Without a single event that has a time of its own, nothing is known of delays.
  const isKnown = delayMin <= delayMax;
  return {
    cluster,
    node,
    sensor,
    accepted,
    late,
    version,
    newest: latest([tally.newest]),
    lastReceivedAt,
    delayMin: isKnown ? delayMin : 0,
    delayMax: isKnown ? delayMax : 0,
    alertFields: {
      sampled: tally.alertsSampled,
      withContainer: tally.alertsWithContainer,
      withPid: tally.alertsWithPid,
    },
  };
}

const joinReports = (left: NodeReport, right: NodeReport): NodeReport => ({
  ...left,
  accepted: left.accepted + right.accepted,
  late: left.late + right.late,
  version: right.version ?? left.version,
  newest: latest([left.newest ?? 0, right.newest ?? 0]),
  lastReceivedAt: Math.max(left.lastReceivedAt, right.lastReceivedAt),
  delayMin: Math.min(left.delayMin, right.delayMin),
  delayMax: Math.max(left.delayMax, right.delayMax),
  alertFields: addFields(left.alertFields, right.alertFields),
});

const NO_FIELDS: AlertFieldsReport = { sampled: 0, withContainer: 0, withPid: 0 };

const addFields = (left: AlertFieldsReport, right: AlertFieldsReport): AlertFieldsReport => ({
  sampled: left.sampled + right.sampled,
  withContainer: left.withContainer + right.withContainer,
  withPid: left.withPid + right.withPid,
});
