import type { Micros } from '../../model/micros.ts';
import type { RuleHead } from './rule-document.ts';
import { textList } from './rule-document.ts';
import { refuse } from './rule-error.ts';
import { parseTimespan } from './timespan.ts';
import { isYamlList, isYamlMap, yamlGet, type Yaml, type YamlMap } from './yaml-documents.ts';

export type CorrelationType = 'event_count' | 'value_count' | 'temporal' | 'temporal_ordered';

/** A group-by field: the same one for every rule, or (an alias) another one for each. */
export interface GroupField {
  readonly name: string;
  /** By the reference as written in `rules`; null when the field is read as it is named. */
  readonly fieldOf: ReadonlyMap<string, string> | null;
}

export interface Correlation {
  readonly type: CorrelationType;
  /** As written: ids, names or `falco/<rule>`. */
  readonly rules: readonly string[];
  readonly groupBy: readonly GroupField[];
  readonly timespan: Micros;
  /** How many events, values or distinct rules it takes, and at most may be; whole numbers. */
  readonly atLeast: number;
  readonly atMost: number;
  /** Fields of a `value_count`, else none. */
  readonly valueFields: readonly string[];
}

export interface CorrelationDocument extends RuleHead {
  readonly correlation: Correlation;
}

const TYPES: readonly CorrelationType[] = [
  'event_count',
  'value_count',
  'temporal',
  'temporal_ordered',
];
const LATER_TYPES = new Set(['value_sum', 'value_avg', 'value_percentile', 'value_median']);
const KEYS = new Set(['type', 'rules', 'group-by', 'timespan', 'condition', 'aliases', 'generate']);
/** Hits are kept as bits of one small integer. */
const RULES_MAX = 30;
const COUNT_MAX = 1000;
const GROUP_FIELDS_MAX = 8;

/** Reads the `correlation` map of a rule; refuses the rule with the key and the reason. */
export function parseCorrelation(value: Yaml | undefined): Correlation {
  if (!isYamlMap(value)) return refuse('correlation must be a map');
  const odd = Object.keys(value).find((key) => !KEYS.has(key));
  if (odd !== undefined) return refuse(`correlation: '${odd}' is not a known key`);
  const type = readType(yamlGet(value, 'type'));
  const rules = readRules(type, value);
  return {
    type,
    rules,
    groupBy: readGroupBy(value, rules),
    timespan: parseTimespan(yamlGet(value, 'timespan'), 'correlation.timespan'),
    ...readCondition(type, yamlGet(value, 'condition'), rules.length),
  };
}

function readType(value: Yaml | undefined): CorrelationType {
  const type = TYPES.find((known) => known === value);
  if (type !== undefined) return type;
  return typeof value === 'string' && LATER_TYPES.has(value)
    ? refuse(`correlation type '${value}' is not supported yet`)
    : refuse(`correlation type must be one of ${TYPES.join(', ')}`);
}

function readRules(type: CorrelationType, map: YamlMap): readonly string[] {
  // `generate` says whether the base rules raise alerts of their own. Findings of base rules are
  // always kept as evidence here; the level of a base rule decides whether it opens incidents.
  const generate = yamlGet(map, 'generate');
  if (generate !== undefined && typeof generate !== 'boolean') {
    return refuse('correlation.generate must be true or false');
  }
  const rules = textList(map, 'rules');
  const isSequence = type === 'temporal' || type === 'temporal_ordered';
  if (rules.length < (isSequence ? 2 : 1)) {
    return refuse(`correlation.rules needs ${isSequence ? 'two rules' : 'a rule'} at least`);
  }
  if (rules.length > RULES_MAX) return refuse(`correlation.rules has more than ${RULES_MAX} rules`);
  const twice = rules.find((rule, index) => rules.indexOf(rule) !== index);
  return twice === undefined ? rules : refuse(`correlation.rules names '${twice}' twice`);
}

function readGroupBy(map: YamlMap, rules: readonly string[]): readonly GroupField[] {
  const aliases = readAliases(yamlGet(map, 'aliases'), rules);
  const names = textList(map, 'group-by');
  if (names.length > GROUP_FIELDS_MAX) {
    return refuse(`correlation.group-by has more than ${GROUP_FIELDS_MAX} fields`);
  }
  return names.map((name) => ({ name, fieldOf: aliases.get(name) ?? null }));
}

function readAliases(
  value: Yaml | undefined,
  rules: readonly string[],
): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const aliases = new Map<string, ReadonlyMap<string, string>>();
  if (value === undefined || value === null) return aliases;
  if (!isYamlMap(value)) return refuse('correlation.aliases must be a map');
  for (const [alias, fields] of Object.entries(value)) {
    if (!isYamlMap(fields)) return refuse(`correlation.aliases.${alias} must map rules to fields`);
    const fieldOf = new Map<string, string>();
    for (const rule of Object.keys(fields)) {
      if (!rules.includes(rule)) {
        return refuse(`correlation.aliases.${alias} names '${rule}', which is not in rules`);
      }
      fieldOf.set(rule, textList(fields, rule)[0] ?? refuse(`alias ${alias} has no field`));
    }
    const missing = rules.find((rule) => !fieldOf.has(rule));
    if (missing !== undefined) {
      return refuse(`correlation.aliases.${alias} has no field for rule '${missing}'`);
    }
    aliases.set(alias, fieldOf);
  }
  return aliases;
}

type Bounds = Pick<Correlation, 'atLeast' | 'atMost' | 'valueFields'>;

function readCondition(type: CorrelationType, value: Yaml | undefined, rules: number): Bounds {
  const isSequence = type === 'temporal' || type === 'temporal_ordered';
  if (isSequence) return readSequenceCondition(type, value, rules);
  if (!isYamlMap(value)) return refuse('correlation.condition must be a map such as gte: 5');
  const valueFields = textList(value, 'field');
  if (type === 'value_count' && valueFields.length === 0) {
    return refuse('correlation.condition.field is missing');
  }
  if (type === 'event_count') refuseField(valueFields);
  return { ...readBounds(value), valueFields };
}

function readSequenceCondition(
  type: CorrelationType,
  value: Yaml | undefined,
  rules: number,
): Bounds {
  if (value === undefined || value === null) {
    return { atLeast: rules, atMost: Infinity, valueFields: [] };
  }
  if (!isYamlMap(value)) {
    return refuse('correlation.condition as an expression over rules is not supported yet');
  }
  if (type === 'temporal_ordered') {
    return refuse(
      'correlation.condition is not supported for temporal_ordered; it takes all rules',
    );
  }
  refuseField(textList(value, 'field'));
  const bounds = readBounds(value);
  return bounds.atLeast > rules
    ? refuse('correlation.condition asks for more rules than there are')
    : { ...bounds, valueFields: [] };
}

function refuseField(fields: readonly string[]): void {
  if (fields.length > 0) refuse('correlation.condition.field has a meaning for value_count only');
}

function readBounds(condition: YamlMap): { atLeast: number; atMost: number } {
  let atLeast = -Infinity;
  let atMost = Infinity;
  for (const [key, value] of Object.entries(condition)) {
    if (key === 'field') continue;
    if (isYamlList(value) || typeof value !== 'number') {
      return refuse(`correlation.condition.${key} must be a number`);
    }
    if (key === 'gte') atLeast = Math.max(atLeast, Math.ceil(value));
    else if (key === 'gt') atLeast = Math.max(atLeast, Math.floor(value) + 1);
    else if (key === 'lte') atMost = Math.min(atMost, Math.floor(value));
    else if (key === 'lt') atMost = Math.min(atMost, Math.ceil(value) - 1);
    else if (key === 'eq' || key === 'neq')
      refuse(`correlation.condition.${key} is not supported yet`);
    else refuse(`correlation.condition.${key} is not a known operator`);
  }
  return checkBounds(atLeast, atMost);
}

function checkBounds(atLeast: number, atMost: number): { atLeast: number; atMost: number } {
  if (atLeast === -Infinity) {
    // An upper bound alone is decided when the window closes, also for groups that fell silent.
    return refuse('correlation.condition with only lt or lte is not supported yet; add gte or gt');
  }
  if (atLeast < 1) return refuse('correlation.condition must ask for 1 at least');
  if (atMost < atLeast) return refuse('correlation.condition can never hold');
  const largest = atMost === Infinity ? atLeast : atMost;
  if (largest > COUNT_MAX) return refuse(`correlation.condition counts to ${COUNT_MAX} at most`);
  return { atLeast, atMost };
}
