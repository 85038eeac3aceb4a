import { stableId } from '../stable-id.ts';
import type { CorrelationDocument } from './correlation-document.ts';
import { RuleError, refuse, type RuleProblem } from './rule-error.ts';
import type { DetectionDocument } from './rule-set.ts';

export interface ResolvedCorrelation extends CorrelationDocument {
  /** Rule ids behind `correlation.rules`, in that order. */
  readonly ruleIds: readonly string[];
  /** Hash of all that decides what it matches: a new title or level keeps it. */
  readonly matchHash: string;
}

interface Index {
  readonly detections: ReadonlyMap<string, DetectionDocument>;
  readonly correlations: ReadonlyMap<string, CorrelationDocument>;
  readonly resolved: Map<string, ResolvedCorrelation>;
  readonly broken: Set<string>;
  readonly problems: RuleProblem[];
}

const FALCO = 'falco/';
/** Correlations over correlations; deeper than any rule somebody can still explain. */
const NESTING_MAX = 10;

/** Finds the rules behind each reference by id or name. The answer lists inner ones before outer ones. */
export function resolveReferences(
  detections: readonly DetectionDocument[],
  correlations: readonly CorrelationDocument[],
): { correlations: readonly ResolvedCorrelation[]; problems: readonly RuleProblem[] } {
  const index: Index = {
    detections: byReference(detections),
    correlations: byReference(correlations),
    resolved: new Map(),
    broken: new Set(),
    problems: [],
  };
  for (const document of correlations) resolve(index, document, []);
  return { correlations: [...index.resolved.values()], problems: index.problems };
}

function byReference<Rule extends { readonly ruleId: string; readonly name: string | null }>(
  rules: readonly Rule[],
): Map<string, Rule> {
  const map = new Map<string, Rule>();
  for (const rule of rules) {
    map.set(rule.ruleId, rule);
    if (rule.name !== null) map.set(rule.name, rule);
  }
  return map;
}

function resolve(
  index: Index,
  document: CorrelationDocument,
  way: readonly string[],
): ResolvedCorrelation | null {
  const known = index.resolved.get(document.ruleId);
  if (known !== undefined) return known;
  if (index.broken.has(document.ruleId)) return null;
  try {
    if (way.includes(document.ruleId)) refuse('correlation refers to itself');
    if (way.length >= NESTING_MAX) refuse('correlations are nested too deep');
    const resolved = resolveRules(index, document, [...way, document.ruleId]);
    index.resolved.set(document.ruleId, resolved);
    return resolved;
  } catch (error) {
    if (!(error instanceof RuleError)) throw error;
    index.broken.add(document.ruleId);
    const { path, title } = document;
    index.problems.push({ path, ruleTitle: title, message: error.message });
    return null;
  }
}

function resolveRules(
  index: Index,
  document: CorrelationDocument,
  way: readonly string[],
): ResolvedCorrelation {
  const found = document.correlation.rules.map((reference) => {
    if (reference.startsWith(FALCO)) return { ruleId: reference, content: '' };
    const detection = index.detections.get(reference);
    if (detection !== undefined) {
      const { ruleId, eventClass, search } = detection;
      return { ruleId, content: JSON.stringify([eventClass, search]) };
    }
    const inner = index.correlations.get(reference);
    if (inner === undefined) return refuse(`correlation.rules: there is no rule '${reference}'`);
    const resolved = resolve(index, inner, way);
    if (resolved === null) return refuse(`correlation.rules: rule '${reference}' is not loaded`);
    return { ruleId: resolved.ruleId, content: resolved.matchHash };
  });
  return {
    ...document,
    ruleIds: found.map(({ ruleId }) => ruleId),
    matchHash: hashOf(
      document,
      found.flatMap(({ ruleId, content }) => [ruleId, content]),
    ),
  };
}

function hashOf({ correlation, extension }: CorrelationDocument, rules: readonly string[]): string {
  const groups = correlation.groupBy.flatMap(({ name, fieldOf }) => [
    name,
    JSON.stringify(fieldOf === null ? null : [...fieldOf]),
  ]);
  return stableId([
    correlation.type,
    String(correlation.timespan),
    String(correlation.atLeast),
    String(correlation.atMost),
    JSON.stringify(correlation.valueFields),
    String(extension.nullGroup),
    ...groups,
    '|',
    ...rules,
  ]);
}
