import { visibleText } from '../../lib/visible-text.ts';
import type { CoverageGap } from '../../model/coverage-gap.ts';
import { shortTime } from './short-time.ts';

export type ReportedGap = Pick<
  CoverageGap,
  'node' | 'reason' | 'from' | 'to' | 'open' | 'sentence'
>;

const LINES_MAX = 20;
const NODE_CHARS_MAX = 100;

/** When the nodes of an incident were not fully seen, a line each. */
export function gapLines(gaps: readonly ReportedGap[], charsMax: number): readonly string[] {
  if (gaps.length === 0) return ['  No losses were reported for its nodes.'];
  const lines = gaps.slice(0, LINES_MAX).map((gap) => `  ${gapText(gap, charsMax)}`);
  const more = gaps.length - lines.length;
  return more > 0 ? [...lines, `  … and ${more} more`] : lines;
}

/** `node worker-1 was blind from 2026-11-23 20:57:15 to 2026-11-23 20:57:16: Falco lost 3 events.` */
function gapText(gap: ReportedGap, charsMax: number): string {
  const { node, reason, from, to, open, sentence } = gap;
  const where = node === '' ? 'a node without a name' : `node ${visibleText(node, NODE_CHARS_MAX)}`;
  const when = open ? `since ${shortTime(from)}` : `from ${shortTime(from)} to ${shortTime(to)}`;
  // Not every failure makes a sensor miss something.
  const was = reason === 'sensor-error' ? 'may have been blind' : 'was blind';
  return `${where} ${was} ${when}: ${visibleText(sentence, charsMax)}`;
}
