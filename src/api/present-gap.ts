import { formatTime } from '../lib/format-time.ts';
import type { CoverageGap } from '../model/coverage-gap.ts';
import type { GapJson } from './schemas/coverage.ts';

/** A gap with its times as text. */
export const presentGap = (gap: CoverageGap): GapJson => ({
  id: gap.id,
  cluster: gap.cluster,
  node: gap.node,
  sensor: gap.sensor,
  reason: gap.reason,
  from: formatTime(gap.from),
  to: formatTime(gap.to),
  open: gap.open,
  lost: gap.lost,
  scope: gap.scope,
  sentence: gap.sentence,
});
