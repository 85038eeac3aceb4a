import type { Correlated, Detected, Enrichment, Step } from '../model/batch.ts';
import type { Finding } from '../model/finding.ts';
import type { Control, RuleFile } from '../model/observation.ts';
import type { Progress, Room } from '../model/room.ts';
import type { SecurityEvent } from '../model/security-event.ts';
import { DEFAULT_CORE_SETTINGS } from '../config/core-settings.ts';
import { parseRuleSet } from '../lib/sigma/rule-set.ts';
import { accessorFor, type Accessor } from '../lib/sigma/taxonomy.ts';
import {
  CorrelationEngine,
  type CorrelationCounts,
  type EngineSnapshot,
} from './correlation-engine.ts';
import type { EventFacts } from './group-keys.ts';

type EventStep = Extract<Step, { kind: 'event' }>;

export interface CorrelateRoom extends Room<Detected, Correlated> {
  /** Numbers for metrics and the API; they change no answer. */
  status(): CorrelationCounts;
}

/** Which rules are in force, and the one setting that counts here. */
interface RulesState {
  readonly hash: string | null;
  readonly files: readonly RuleFile[];
  readonly disabled: readonly string[];
  readonly horizonMs: number;
}

interface CorrelateSnapshot {
  readonly rules: RulesState;
  readonly engine: EngineSnapshot;
}

const NO_FINDINGS: readonly Finding[] = Object.freeze([]);
const START: RulesState = {
  hash: null,
  files: [],
  disabled: [],
  horizonMs: DEFAULT_CORE_SETTINGS.revisionHorizonMs,
};

/**
 * Joins findings of several events into correlation findings. All base findings go on as they are:
 * `generate` in a correlation changes nothing, because a base rule that should not open incidents
 * on its own says so by its level.
 */
export function createCorrelateRoom(): CorrelateRoom {
  const progress: Progress = { record: null, ruleId: null };
  const engine = new CorrelationEngine();
  const read = createReader();
  let rules = START;
  const onRule = (ruleId: string): void => {
    progress.ruleId = ruleId;
  };
  const control = (change: Control): void => {
    if (change.kind === 'end') engine.clear();
    const next = changeRules(rules, change);
    if (next.hash !== rules.hash || next.disabled !== rules.disabled) engine.load(activeOf(next));
    rules = next;
  };
  const correlate = (step: EventStep, batch: Detected, index: number): readonly Finding[] => {
    const { event } = step;
    const findings = batch.findings[index] ?? NO_FINDINGS;
    // Most events are nothing to any correlation, and for those nothing has to be prepared.
    if (!engine.concerns(findings)) {
      engine.pass(event.orderTime);
      return NO_FINDINGS;
    }
    const facts = factsOf(event, batch.enrichments[index] ?? null, read);
    const { horizonMs } = rules;
    const { late } = step;
    return engine.accept({ orderTime: event.orderTime, late, horizonMs, findings, facts, onRule });
  };
  return {
    name: 'correlate',
    progress,
    step: (batch) => {
      const correlations = batch.steps.map((step, index) => {
        progress.ruleId = null;
        if (step.kind === 'event') {
          progress.record = step.event.journal;
          return correlate(step, batch, index);
        }
        progress.record = step.control.kind === 'tick' ? null : step.journal;
        control(step.control);
        return NO_FINDINGS;
      });
      progress.record = null;
      progress.ruleId = null;
      return { ...batch, correlations };
    },
    snapshot: (): CorrelateSnapshot => ({ rules, engine: engine.snapshot() }),
    restore: (saved) => {
      const state = saved as CorrelateSnapshot;
      rules = state.rules;
      engine.load(activeOf(rules));
      engine.restore(state.engine);
    },
    status: () => engine.counts(),
  };
}

function changeRules(rules: RulesState, change: Control): RulesState {
  if (change.kind === 'settings') {
    return { ...rules, horizonMs: change.settings.revisionHorizonMs };
  }
  if (change.kind === 'rules' && change.hash !== rules.hash) {
    return { ...rules, hash: change.hash, files: change.files, disabled: [] };
  }
  if (change.kind === 'rule-disabled' && !rules.disabled.includes(change.ruleId)) {
    return { ...rules, disabled: [...rules.disabled, change.ruleId] };
  }
  return rules;
}

const activeOf = ({ files, disabled }: RulesState) =>
  parseRuleSet(files).correlations.filter(({ ruleId }) => !disabled.includes(ruleId));

/** What a correlation may ask of an event. */
const factsOf = (
  event: SecurityEvent,
  enrichment: Enrichment | null,
  read: FieldReader,
): EventFacts => ({
  cluster: event.cluster,
  read: (field) => read(field)?.(event, enrichment),
});

type FieldReader = (field: string) => Accessor | null;

/** Looks fields up once; rules name few of them. */
function createReader(): FieldReader {
  const accessors = new Map<string, Accessor | null>();
  return (field) => {
    const known = accessors.get(field);
    if (known !== undefined) return known;
    const accessor = accessorFor(field);
    accessors.set(field, accessor);
    return accessor;
  };
}
