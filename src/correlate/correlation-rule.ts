import type { Micros } from '../model/micros.ts';
import type { CorrelationType, GroupField } from '../lib/sigma/correlation-document.ts';
import type { ResolvedCorrelation } from '../lib/sigma/references.ts';
import { LIMITS } from '../config/limits.ts';

/** A correlation, ready to be asked. */
export interface CorrelationRule {
  readonly document: ResolvedCorrelation;
  readonly type: CorrelationType;
  readonly timespan: Micros;
  readonly suppress: Micros;
  readonly atLeast: number;
  readonly atMost: number;
  /** How many rules it names. */
  readonly ruleCount: number;
  /** Rule id to its bit number. */
  readonly bitOf: ReadonlyMap<string, number>;
  readonly groupBy: readonly GroupField[];
  /** True when a group field is another one for each rule. */
  readonly hasAliases: boolean;
  /** True when it groups by the ancestors of a process. */
  readonly isLineage: boolean;
  readonly valueFields: readonly string[];
  /** Entries one group keeps; more than any decision on events in order needs. */
  readonly entriesMax: number;
}

/**
 * Sequences decide by what they keep per rule; their entries are for late events only. Counts keep
 * twice what they count to, so that a late event still finds a full window around it.
 */
const SEQUENCE_ENTRIES_MAX = 64;

const ANCESTORS = 'process.ancestors';

const fieldsOfGroup = ({ name, fieldOf }: GroupField): readonly string[] =>
  fieldOf === null ? [name] : [...fieldOf.values()];

export function createCorrelationRule(document: ResolvedCorrelation): CorrelationRule {
  const { type, timespan, atLeast, atMost, groupBy, valueFields, rules } = document.correlation;
  const isSequence = type === 'temporal' || type === 'temporal_ordered';
  const countMax = 2 * ((atMost === Infinity ? atLeast : atMost) + 1);
  return {
    document,
    type,
    timespan,
    suppress: document.extension.suppress ?? timespan,
    atLeast,
    atMost,
    ruleCount: rules.length,
    bitOf: new Map(document.ruleIds.map((ruleId, bit) => [ruleId, bit])),
    groupBy,
    hasAliases: groupBy.some(({ fieldOf }) => fieldOf !== null),
    isLineage: groupBy.some((field) => fieldsOfGroup(field).includes(ANCESTORS)),
    valueFields,
    entriesMax: isSequence
      ? SEQUENCE_ENTRIES_MAX
      : Math.min(
          LIMITS.correlationEntriesPerGroupMax + 1,
          Math.max(SEQUENCE_ENTRIES_MAX, countMax),
        ),
  };
}
