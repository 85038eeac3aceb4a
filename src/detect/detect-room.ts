import type { Detected, Enriched, Enrichment, Step } from '../model/batch.ts';
import type { Finding } from '../model/finding.ts';
import type { Control, RuleFile } from '../model/observation.ts';
import type { Progress, Room } from '../model/room.ts';
import type { SecurityEvent } from '../model/security-event.ts';
import { accessorFor } from '../lib/sigma/taxonomy.ts';
import { classOfEvent } from '../lib/sigma/event-class.ts';
import { textsOf } from '../lib/sigma/event-texts.ts';
import { compileRuleSet } from './compile-rule-set.ts';
import { AlertRules } from './finding/alert-rule.ts';
import { makeFinding, type FindingRule } from './finding/event-finding.ts';
import { Places } from './finding/places.ts';
import { createFieldView, type MovingView } from './match/field-view.ts';
import { createRuleIndex, type RuleIndex } from './rule-index.ts';

type EventStep = Extract<Step, { kind: 'event' }>;

interface Subject {
  readonly event: SecurityEvent;
  readonly enrichment: Enrichment | null;
}

/** All that can change a later answer. Compiled rules are made from the text again. */
interface DetectState {
  readonly hash: string | null;
  readonly files: readonly RuleFile[];
  /** Rules taken out, in the order it happened. */
  readonly disabled: readonly string[];
}

interface Loaded {
  readonly state: DetectState;
  readonly alertRules: AlertRules;
  readonly index: RuleIndex;
  readonly view: MovingView<Subject>;
  /** What each detection gives to its findings, by rule id. */
  readonly findingRules: ReadonlyMap<string, FindingRule>;
}

const NO_FINDINGS: readonly Finding[] = Object.freeze([]);

/** Shows each event to the rules and turns Falco's alerts into findings. */
export function createDetectRoom(): Room<Enriched, Detected> {
  const progress: Progress = { record: null, ruleId: null };
  const places = new Places();
  const bench: Bench = { progress, places, ...load({ hash: null, files: [], disabled: [] }) };
  return {
    name: 'detect',
    progress,
    step: (batch) => {
      const findings = batch.steps.map((step, index) => {
        progress.ruleId = null;
        if (step.kind === 'event') {
          progress.record = step.event.journal;
          return detect(step, batch.enrichments[index] ?? null, bench);
        }
        progress.record = step.control.kind === 'tick' ? null : step.journal;
        const state = changeState(bench.state, step.control);
        if (state !== bench.state) Object.assign(bench, load(state));
        return NO_FINDINGS;
      });
      progress.record = null;
      progress.ruleId = null;
      return { ...batch, findings };
    },
    snapshot: () => bench.state,
    restore: (saved) => {
      Object.assign(bench, load(saved as DetectState));
    },
  };
}

function changeState(state: DetectState, change: Control): DetectState {
  if (change.kind === 'rules') {
    // A rule stays out while the rules are the same; once they changed, somebody had a look at them.
    if (change.hash === state.hash) return state;
    return { hash: change.hash, files: change.files, disabled: [] };
  }
  if (change.kind === 'rule-disabled' && !state.disabled.includes(change.ruleId)) {
    return { ...state, disabled: [...state.disabled, change.ruleId] };
  }
  return state;
}

function load(state: DetectState): Loaded {
  const { files, disabled } = state;
  const compiled = compileRuleSet(files);
  const accessors = compiled.fields.map((field) => {
    const accessor = accessorFor(field);
    return ({ event, enrichment }: Subject) => accessor?.(event, enrichment);
  });
  const view = createFieldView<Subject>({ accessors, texts: ({ event }) => textsOf(event) });
  const active = compiled.detections.filter(({ document }) => !disabled.includes(document.ruleId));
  const findingRules = new Map<string, FindingRule>();
  for (const { document } of active) {
    const { ruleId, title, level, attack, extension } = document;
    const { runbook } = extension;
    findingRules.set(ruleId, { kind: 'detection', ruleId, title, level, attack, runbook });
  }
  const alertRules = new AlertRules(compiled.ruleSet.falcoLevels);
  return { state, alertRules, index: createRuleIndex(active), view, findingRules };
}

interface Bench extends Loaded {
  readonly progress: Progress;
  readonly places: Places;
}

function detect(step: EventStep, enrichment: Enrichment | null, bench: Bench): readonly Finding[] {
  const { event } = step;
  if (event.kind === 'health') return NO_FINDINGS;
  // What ran before the sensor started is the state of the node, not something that happened.
  if (event.flags.length > 0 && event.flags.includes('baseline')) return NO_FINDINGS;
  const { progress } = bench;
  let findings: Finding[] | null = null;
  if (event.alert !== null) {
    const rule = bench.alertRules.ruleOf(event.alert);
    progress.ruleId = rule.ruleId;
    if (!bench.state.disabled.includes(rule.ruleId)) {
      const place = bench.places.of(event, enrichment);
      findings = [makeFinding(rule, step, { enrichment, place })];
    }
  }
  const rules = bench.index.rulesFor(classOfEvent(event));
  if (rules.length > 0) bench.view.pointAt({ event, enrichment });
  for (const { document, matches } of rules) {
    progress.ruleId = document.ruleId;
    if (!matches(bench.view)) continue;
    const rule = bench.findingRules.get(document.ruleId);
    if (rule === undefined) continue;
    findings ??= [];
    const place = bench.places.of(event, enrichment);
    findings.push(makeFinding(rule, step, { enrichment, place }));
  }
  progress.ruleId = null;
  return findings ?? NO_FINDINGS;
}
