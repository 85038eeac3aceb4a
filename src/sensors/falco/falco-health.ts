import { INTERNAL_RULE } from '../../lib/falco/about-itself.ts';
import { visibleText } from '../../lib/visible-text.ts';
import type { HealthFacts, HealthKind } from '../../model/security-event.ts';
import type { FieldReader } from '../field-reader.ts';
import { microsOfNanos } from './epoch-nanos.ts';
import { type OutputFields, textField } from './output-fields.ts';
import type { RawAlert } from './raw-alert.ts';

const DETAIL_CHARS_MAX = 300;
/** Number in "Falco internal: syscall event drop. 42 system calls dropped in last second." */
const DROPPED = /\b(\d{1,15}) system calls dropped/;

/** What each of Falco's messages about itself means, by the words behind `Falco internal:`. */
const KINDS: ReadonlyMap<string, HealthKind> = new Map([
  ['syscall event drop', 'event-drop'],
  ['metrics snapshot', 'metrics'],
  // Nothing was seen for long: the driver may have stopped to deliver.
  ['timeouts notification', 'sensor-error'],
  ['hot restart failure', 'sensor-error'],
  // Only the recording of a capture ends; detection goes on.
  ['capture size limit reached', 'notice'],
]);

/**
 * Running totals of lost events. They do not overlap: `scap.n_drops` holds what the kernel side
 * lost for any reason, the other one what was found but could not be put out.
 */
const LOST_TOTALS = ['scap.n_drops', 'falco.outputs_queue_num_drops'];
const NO_TOTALS: HealthFacts['lostTotals'] = new Map();

/** Reads what Falco says about itself: losses, totals, failures. */
export function readHealth(raw: RawAlert, fields: OutputFields, reader: FieldReader): HealthFacts {
  const rule = reader.text(raw.rule);
  const output = reader.text(raw.output);
  const what = kindOf(rule);
  const isMetrics = what === 'metrics';
  return {
    what,
    lost: what === 'event-drop' ? readLost(fields, output, reader) : null,
    lostTotals: isMetrics ? readTotals(fields, reader) : NO_TOTALS,
    since: isMetrics ? microsOfNanos(fields.get('falco.start_ts')) : null,
    scope: null,
    version: isMetrics ? textField(fields, 'falco.version', reader) || null : null,
    detail: visibleText(output === '' ? rule : output, DETAIL_CHARS_MAX),
  };
}

const kindOf = (rule: string): HealthKind =>
  rule.startsWith(INTERNAL_RULE)
    ? (KINDS.get(rule.slice(INTERNAL_RULE.length).trim()) ?? 'notice')
    : 'notice';

/** Counters arrive as text from Falco and as numbers from some programs behind it. */
function readLost(fields: OutputFields, output: string, reader: FieldReader): number | null {
  const counted = notNegative(reader.integer(fields.get('n_drops')));
  if (counted !== null) return counted;
  const told = DROPPED.exec(output)?.[1];
  return told === undefined ? null : Number(told);
}

function readTotals(fields: OutputFields, reader: FieldReader): HealthFacts['lostTotals'] {
  const totals = new Map<string, number>();
  for (const name of LOST_TOTALS) {
    const total = notNegative(reader.integer(fields.get(name)));
    if (total !== null) totals.set(name, total);
  }
  return totals;
}

const notNegative = (value: number | null): number | null =>
  value === null || value < 0 ? null : value;
