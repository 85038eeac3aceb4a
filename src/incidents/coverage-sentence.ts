import type { CoverageGap, GapReason } from '../model/coverage-gap.ts';
import { visibleText } from '../lib/visible-text.ts';
import type { LiveGap } from './coverage-gaps.ts';

const SENSORS = { falco: 'Falco', tetragon: 'Tetragon' } as const;
const SCOPE_CHARS = 120;

/** A gap as it stands now, with what it means in words. */
export function toGap(gap: LiveGap): CoverageGap {
  const { id, cluster, node, sensor, reason, from, to, open, lost, scope } = gap;
  const sentence = SENTENCES[reason](gap);
  return { id, cluster, node, sensor, reason, from, to, open, lost, scope, sentence };
}

const SENTENCES: Readonly<Record<GapReason, (gap: LiveGap) => string>> = {
  'event-drop': (gap) => `${nameOf(gap)} lost ${lostText(gap.lost)}${byCounter(gap)}.`,
  'rate-limit': (gap) =>
    `${nameOf(gap)} dropped ${lostText(gap.lost)} over its export limit${about(gap)}.`,
  throttle: (gap) =>
    `${nameOf(gap)} stopped reporting${gap.scope === null ? '' : ` the cgroup ${scopeText(gap)}`}, which was too loud${gap.open ? ' and has not said that it is reported again' : ''}.`,
  'sensor-error': (gap) =>
    gap.detail === ''
      ? `${nameOf(gap)} said that something in it failed${about(gap)}.`
      : `${nameOf(gap)} said that something in it failed${about(gap)}: ${visibleText(gap.detail)}`,
};

const nameOf = ({ sensor }: LiveGap): string => SENSORS[sensor];

const scopeText = ({ scope }: LiveGap): string => visibleText(scope ?? '', SCOPE_CHARS);

const byCounter = (gap: LiveGap): string => (gap.scope === null ? '' : ` (${scopeText(gap)})`);

const about = (gap: LiveGap): string => (gap.scope === null ? '' : ` (${scopeText(gap)})`);

/** `347,335 events`, with a comma at every third digit whatever the machine's language is. */
function lostText(lost: number | null): string {
  if (lost === null) return 'events, it did not say how many';
  const digits = String(lost).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
  return `${digits} event${lost === 1 ? '' : 's'}`;
}
