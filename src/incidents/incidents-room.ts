import type { Correlated, Raised, Step } from '../model/batch.ts';
import type { Control, CoreSettings } from '../model/observation.ts';
import type { Finding } from '../model/finding.ts';
import type { Micros } from '../model/micros.ts';
import type { Progress, Room } from '../model/room.ts';
import type { FindingCounters, FoldContext, IncidentLimits } from './fold-context.ts';
import type { IncidentBook } from './incident-book.ts';
import type { Outcome } from './outcome.ts';
import type { Placing } from './add-finding.ts';
import { act } from './act.ts';
import { type Coverage, foldHealth, newCoverage } from './coverage.ts';
import { toGap } from './coverage-sentence.ts';
import { countIncidents, isKnownFinding, newIncidentBook } from './incident-book.ts';
import { toIncident } from './live-incident.ts';
import { placeByEntity } from './open-or-join.ts';
import { newOutcome } from './outcome.ts';
import { placeCorrelation } from './place-correlation.ts';

export interface IncidentsOptions {
  /** In effect until a settings record comes. */
  readonly settings: CoreSettings;
  readonly limits: IncidentLimits;
}

/** Counts of this room since its state began, for the status page and the metrics. */
interface IncidentsStatus {
  readonly inMemory: number;
  readonly open: number;
  readonly compacted: number;
  readonly archived: number;
  readonly findingsBelowLevel: number;
  readonly findingCopies: number;
  /** Events that sensors said they lost, by sensor and reason. */
  readonly lostEvents: ReadonlyMap<string, number>;
}

export interface IncidentsRoom extends Room<Correlated, Raised> {
  status(): IncidentsStatus;
}

interface State {
  book: IncidentBook;
  settings: CoreSettings;
  counters: FindingCounters;
  /** Newest order time released in order; late events do not move it. */
  newestOrder: Micros;
  coverage: Coverage;
}

type EventStep = Extract<Step, { kind: 'event' }>;

const NO_FINDINGS: readonly Finding[] = [];

/**
 * The last room of the core: findings and analysts' actions in, incident changes out. Findings of a
 * step go first, then the correlations they completed, then the control itself.
 *
 * `snapshot` hands out the living state without a copy; serialize it before the next `step`.
 * `restore` takes over what it is given.
 */
export function createIncidentsRoom(options: IncidentsOptions): IncidentsRoom {
  const progress: Progress = { record: null, ruleId: null };
  let state: State = {
    book: newIncidentBook(),
    settings: options.settings,
    counters: { belowLevel: 0, copies: 0 },
    newestOrder: 0,
    coverage: newCoverage(),
  };

  const foldEvent = (step: EventStep, outcome: Outcome): void => {
    const { event, late } = step;
    if (!late && event.orderTime > state.newestOrder) state.newestOrder = event.orderTime;
    if (event.kind !== 'health') return;
    noteStep(progress, step);
    foldHealth(state.coverage, event, outcome.gaps);
  };

  const foldStep = (batch: Correlated, index: number, outcome: Outcome): void => {
    const step = batch.steps[index];
    if (step === undefined) return;
    const findings = batch.findings[index] ?? NO_FINDINGS;
    const correlations = batch.correlations[index] ?? NO_FINDINGS;
    if (step.kind === 'event') {
      foldEvent(step, outcome);
      if (findings.length === 0 && correlations.length === 0) return;
    }
    const context: FoldContext = { ...state, outcome, limits: options.limits };
    noteStep(progress, step);
    placeAll(context, findings, { step, progress });
    placeAll(context, correlations, { step, progress });
    if (step.kind === 'control') foldControl(context, step, state);
  };

  return {
    name: 'incidents',
    progress,
    step(batch) {
      const outcome = newOutcome();
      for (let index = 0; index < batch.steps.length; index += 1) foldStep(batch, index, outcome);
      return raise(batch, outcome);
    },
    snapshot: () => state,
    restore(saved) {
      // A state that was saved before there were gaps has none.
      state = { coverage: newCoverage(), ...(saved as Omit<State, 'coverage'>) };
    },
    status() {
      const { belowLevel, copies } = state.counters;
      const counts = countIncidents(state.book);
      const lostEvents = state.coverage.gaps.lost;
      return { ...counts, findingsBelowLevel: belowLevel, findingCopies: copies, lostEvents };
    },
  };
}

function noteStep(progress: Progress, step: Step): void {
  progress.ruleId = null;
  if (step.kind === 'event') progress.record = step.event.journal;
  else progress.record = isClock(step.control) ? null : step.journal;
}

const isClock = (control: Control): boolean =>
  control.kind === 'tick' || control.kind === 'end' || control.kind === 'clock-reset';

function placeAll(
  context: FoldContext,
  findings: readonly Finding[],
  { step, progress }: { readonly step: Step; readonly progress: Progress },
): void {
  const event = step.kind === 'event' ? step.event : null;
  for (const finding of findings) {
    progress.ruleId = finding.ruleId;
    placeOne(context, { finding, event });
  }
}

function placeOne(context: FoldContext, placing: Placing): void {
  const { finding } = placing;
  if (isKnownFinding(context.book, finding.id)) context.counters.copies += 1;
  else if (finding.kind === 'correlation') placeCorrelation(context, placing);
  else placeByEntity(context, placing);
}

function foldControl(
  context: FoldContext,
  step: Extract<Step, { kind: 'control' }>,
  state: State,
): void {
  if (step.control.kind === 'action') act(context, step.control, step.held);
  if (step.control.kind === 'settings') state.settings = step.control.settings;
}

function raise(batch: Correlated, outcome: Outcome): Raised {
  return {
    ...batch,
    placed: outcome.placed,
    folded: outcome.folded,
    incidents: [...outcome.changed].map((incident) => toIncident(incident)),
    changes: outcome.changes,
    audit: outcome.audit,
    receipts: outcome.receipts,
    gaps: [...outcome.gaps].map(toGap),
  };
}
