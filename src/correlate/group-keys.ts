import { LIMITS } from '../config/limits.ts';
import type { FieldValue } from '../model/security-event.ts';
import { stableId } from '../lib/stable-id.ts';
import { visibleText } from '../lib/visible-text.ts';
import type { CorrelationRule } from './correlation-rule.ts';

/** A group an event belongs to. */
export interface GroupKey {
  /** Cluster and values, joined so that no two lists of values run together. */
  readonly key: string;
  /** What an analyst reads: `field=value` for each group-by field. */
  readonly label: string;
}

/** What the correlations need to know of the event behind a finding. */
export interface EventFacts {
  readonly cluster: string;
  read(field: string): FieldValue | undefined;
}

/** Groups that one event can join through list-valued fields. */
const GROUPS_PER_EVENT_MAX = 16;
const VALUE_CHARS_MAX = 64;

/**
 * The groups of an event: one, or with a list-valued field one for each value, nearest first.
 * Answers with the name of the field that is missing when there is none. Events of two clusters
 * never meet, whatever the rule groups by.
 */
export function groupKeysOf(
  rule: CorrelationRule,
  bit: number,
  facts: EventFacts,
): readonly GroupKey[] | string {
  const reference = rule.document.correlation.rules[bit] ?? '';
  let keys: GroupKey[] = [{ key: part(facts.cluster), label: '' }];
  for (const { name, fieldOf } of rule.groupBy) {
    const field = fieldOf?.get(reference) ?? name;
    const values = textsOf(facts.read(field));
    if (values.length === 0) {
      if (!rule.document.extension.nullGroup) return field;
      keys = extend(keys, name, [null]);
    } else {
      keys = extend(keys, name, values);
    }
  }
  return keys;
}

/** The distinct texts of a field's value; none when it is absent, null or empty. */
export function textsOf(value: FieldValue | undefined): readonly string[] {
  if (value === undefined || value === null || value === '') return [];
  if (typeof value !== 'object') return [String(value)];
  const texts = new Set<string>();
  for (const element of value) {
    if (texts.size === GROUPS_PER_EVENT_MAX) break;
    if (element !== null && element !== '' && typeof element !== 'object') texts.add(`${element}`);
  }
  return [...texts];
}

function extend(
  keys: readonly GroupKey[],
  name: string,
  values: readonly (string | null)[],
): GroupKey[] {
  const extended: GroupKey[] = [];
  for (const { key, label } of keys) {
    for (const value of values) {
      if (extended.length === GROUPS_PER_EVENT_MAX) return extended;
      const shown = value === null ? '(none)' : visibleText(value, VALUE_CHARS_MAX);
      extended.push({
        key: key + part(value),
        label: `${label === '' ? '' : `${label}, `}${name}=${shown}`,
      });
    }
  }
  return extended;
}

/** Long values are replaced by their hash, so that an attacker can not fill memory with keys. */
function part(value: string | null): string {
  if (value === null) return '-';
  // No character takes more than three bytes per UTF-16 unit, so short texts need no counting.
  if (value.length * 3 <= LIMITS.groupKeyBytesMax) return `${value.length}:${value}`;
  return `#${stableId([value])}`;
}
