// Words of sensors about themselves, as steps of the incidents room.
import type { CoverageGap } from '../../src/model/coverage-gap.ts';
import type { Raised } from '../../src/model/batch.ts';
import type { HealthFacts, SecurityEvent } from '../../src/model/security-event.ts';
import { buildEvent } from '../order/event-builder.ts';
import { type ScriptStep, START } from './fold.ts';

const SECOND = 1_000_000;

type HealthChanges = Omit<Partial<HealthFacts>, 'lostTotals'> &
  Partial<Pick<SecurityEvent, 'cluster' | 'node' | 'sensor' | 'orderTime'>> & {
    readonly totals?: Readonly<Record<string, number>>;
    readonly late?: boolean;
  };

let count = 0;

/** Something a sensor says of itself, so many seconds after `START`. */
export function says(
  what: HealthFacts['what'],
  seconds: number,
  changes: HealthChanges = {},
): ScriptStep {
  const { totals = {}, late = false, cluster, node, sensor, orderTime, ...facts } = changes;
  const time = at(seconds);
  count += 1;
  const event = buildEvent({
    id: `health-${count}`,
    kind: 'health',
    time,
    orderTime: orderTime ?? time,
    cluster: cluster ?? 'default',
    node: node ?? 'node-a',
    sensor: sensor ?? (what.startsWith('throttle') || what === 'rate-limit' ? 'tetragon' : 'falco'),
    journal: { sequence: 1, index: count },
    health: {
      what,
      lost: null,
      lostTotals: new Map(Object.entries(totals)),
      scope: null,
      version: null,
      detail: '',
      ...facts,
    },
  });
  return {
    step: { kind: 'event', event, late, occurrences: 1 },
    findings: [],
    correlations: [],
  };
}

export const at = (seconds: number): number => START + Math.round(seconds * SECOND);

/** Falco's totals: lost in the kernel, and behind the rules. */
export const totals = (
  seconds: number,
  drops: number,
  changes: HealthChanges & { readonly queue?: number } = {},
): ScriptStep => {
  const { queue, ...rest } = changes;
  const counters = {
    'scap.n_drops': drops,
    ...(queue === undefined ? {} : { 'falco.outputs_queue_num_drops': queue }),
  };
  return says('metrics', seconds, { totals: counters, ...rest });
};

/** Gaps as they stand after these batches, in the order of opening. */
export function gapsOf(...batches: readonly Raised[]): CoverageGap[] {
  const gaps = new Map<string, CoverageGap>();
  for (const gap of batches.flatMap((batch) => batch.gaps)) gaps.set(gap.id, gap);
  return [...gaps.values()];
}

/** `10-20 x3`: when it began and ended in seconds after `START`, and how many were lost. */
export const brief = ({ from, to, lost, open }: CoverageGap): string =>
  `${(from - START) / SECOND}-${(to - START) / SECOND}${open ? '…' : ''} x${lost ?? '?'}`;
