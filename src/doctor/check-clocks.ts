import { LIMITS } from '../config/limits.ts';
import { formatDuration } from '../lib/format-duration.ts';
import { MICROS_PER_MS, MICROS_PER_SECOND, type Micros } from '../model/micros.ts';
import type { ArrivalsReport, NodeReport } from './arrivals-report.ts';
import { type Check, counted, fail, percent, warn } from './check.ts';

const AHEAD_MAX: Micros = 2 * MICROS_PER_SECOND;
const BEHIND_MAX: Micros = 60 * MICROS_PER_SECOND;
const LATE_SHARE_MAX = 0.01;
/** Over the largest delay that was seen, for those that were not. */
const MARGIN_MS = 5_000;
const LATENESS_MS_MAX = 3_600_000;
const LISTED_MAX = 3;

/** Clocks that are wrong, and events that come after their place in time was passed. */
export function checkClocks({ nodes }: ArrivalsReport): readonly Check[] {
  return [...checkAhead(nodes), ...checkBehind(nodes), ...checkLate(nodes)];
}

function checkAhead(nodes: readonly NodeReport[]): readonly Check[] {
  const ahead = nodes.filter(({ delayMin }) => delayMin < -AHEAD_MAX);
  if (ahead.length === 0) return [];
  const isIgnored = ahead.some(
    ({ delayMin }) => -delayMin > LIMITS.futureToleranceMs * MICROS_PER_MS,
  );
  const sentence = `The clocks of ${counted(ahead.length, 'node')} are ahead of this one: ${listed(ahead)}.`;
  const consequence = isIgnored
    ? 'Events more than 10 s ahead are ordered by their receipt, and correlations over nodes may miss. '
    : '';
  const advice = [`${consequence}Look at NTP on these nodes and here.`];
  return [(isIgnored ? fail : warn)('clock-ahead', sentence, { advice })];
}

function checkBehind(nodes: readonly NodeReport[]): readonly Check[] {
  const behind = nodes.filter(({ delayMin }) => delayMin > BEHIND_MAX);
  if (behind.length === 0) return [];
  const sentence = `Even the quickest events of ${counted(behind.length, 'node')} come long after they happened: ${listed(behind)}.`;
  const advice = [
    'Their clocks are behind, their shipper is slow or works off a backlog, or somebody sends a recording: a whole story at once is late but for its last seconds, also with "eyrie send". Its incidents are raised all the same; "eyrie replay" judges it in its order.',
  ];
  return [warn('clock-behind', sentence, { advice })];
}

function checkLate(nodes: readonly NodeReport[]): readonly Check[] {
  const late = nodes.filter(
    // Where nothing comes in time, no lateness is the answer; that was said already.
    ({ late: count, accepted, delayMin }) =>
      count > accepted * LATE_SHARE_MAX && delayMin <= BEHIND_MAX,
  );
  if (late.length === 0) return [];
  const count = late.reduce((sum, node) => sum + node.late, 0);
  const all = late.reduce((sum, node) => sum + node.accepted, 0);
  const delay = Math.max(...late.map(({ delayMax }) => delayMax));
  const latenessMs = Math.ceil(delay / MICROS_PER_SECOND) * 1000 + MARGIN_MS;
  const sentence = `${percent(count, all)} of the events of ${counted(late.length, 'source')} came late, up to ${formatDuration(delay)} after they happened.`;
  const advice =
    latenessMs > LATENESS_MS_MAX
      ? ['No lateness covers that: these events are judged when they come, not in their order.']
      : [
          `If their shipper sends in blocks, give its secret latenessMs: ${latenessMs} in eyrie.yaml; incidents then follow by as much.`,
        ];
  return [warn('events-late', sentence, { advice })];
}

function listed(nodes: readonly NodeReport[]): string {
  const shown = nodes
    .slice(0, LISTED_MAX)
    .map(
      ({ node, delayMin }) => `${node === '' ? '(no name)' : node} by ${formatDuration(delayMin)}`,
    );
  const more = nodes.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
