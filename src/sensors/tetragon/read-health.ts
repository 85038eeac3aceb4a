import { visibleText } from '../../lib/visible-text.ts';
import type { HealthFacts } from '../../model/security-event.ts';
import type { FieldReader } from '../field-reader.ts';
import type { RawHealth } from './raw-event.ts';

const NO_TOTALS: ReadonlyMap<string, number> = new Map();
const THROTTLE_START = 'THROTTLE_START';
const THROTTLE_STOP = 'THROTTLE_STOP';

/** Reads what Tetragon says of itself: events it dropped, a cgroup it does not report. */
export function readHealthFacts(member: string, raw: RawHealth, reader: FieldReader): HealthFacts {
  if (member === 'process_throttle') return readThrottle(raw, reader);
  if (member === 'rate_limit_info') return readRateLimit(raw, reader);
  return { ...NOTICE, detail: 'Tetragon sent a test event.' };
}

const NOTICE: HealthFacts = {
  what: 'notice',
  lost: null,
  lostTotals: NO_TOTALS,
  scope: null,
  version: null,
  detail: '',
};

function readThrottle(raw: RawHealth, reader: FieldReader): HealthFacts {
  const type = reader.enumOrNull(raw.type);
  const scope = reader.textOrNull(raw.cgroup);
  const cgroup = scope === null ? 'a cgroup without a name' : `the cgroup ${visibleText(scope)}`;
  if (type === THROTTLE_START) {
    const detail = `Tetragon no longer reports ${cgroup}, which makes too many events.`;
    return { ...NOTICE, what: 'throttle-start', scope, detail };
  }
  if (type === THROTTLE_STOP) {
    const detail = `Tetragon reports ${cgroup} again.`;
    return { ...NOTICE, what: 'throttle-stop', scope, detail };
  }
  const detail = `Tetragon says ${visibleText(type ?? 'nothing')} of throttling ${cgroup}.`;
  return { ...NOTICE, scope, detail };
}

function readRateLimit(raw: RawHealth, reader: FieldReader): HealthFacts {
  const told = reader.integer(raw.number_of_dropped_process_events);
  const lost = told === null || told < 0 ? null : told;
  const events = lost === null ? 'an unknown number of events' : countOf(lost);
  const detail = `Tetragon dropped ${events} over the limit of its export.`;
  return { ...NOTICE, what: 'rate-limit', lost, detail };
}

const countOf = (lost: number): string => (lost === 1 ? '1 event' : `${String(lost)} events`);
