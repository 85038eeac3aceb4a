import type { ActionName, AnalystAction } from '../model/observation.ts';
import type { ChangeReason, IncidentState, Receipt, Verdict } from '../model/incident.ts';

type Transitions = Readonly<Partial<Record<ActionName, IncidentState>>>;

/** Which action leads from which state where. What is missing is not allowed. */
const TRANSITIONS: Readonly<Record<IncidentState, Transitions>> = {
  new: {
    acknowledge: 'acknowledged',
    start: 'investigating',
    resolve: 'resolved',
    close: 'closed',
    note: 'new',
  },
  acknowledged: {
    start: 'investigating',
    hold: 'on_hold',
    resolve: 'resolved',
    close: 'closed',
    note: 'acknowledged',
  },
  investigating: {
    hold: 'on_hold',
    resolve: 'resolved',
    close: 'closed',
    note: 'investigating',
  },
  on_hold: {
    start: 'investigating',
    resolve: 'resolved',
    close: 'closed',
    note: 'on_hold',
  },
  resolved: { close: 'closed', reopen: 'investigating', note: 'resolved' },
  closed: { reopen: 'investigating', note: 'closed' },
  merged: { note: 'merged' },
};

export const REASON_OF_ACTION: Readonly<Record<ActionName, ChangeReason>> = {
  acknowledge: 'acknowledged',
  start: 'started',
  hold: 'held',
  resolve: 'resolved',
  close: 'closed',
  reopen: 'reopened',
  note: 'noted',
};

/** Actions that need the analyst to have seen the newest version, if one is given. */
const VERSIONED: ReadonlySet<ActionName> = new Set(['start', 'hold', 'resolve', 'close', 'reopen']);

/** What of an incident an action is judged by. */
export interface Judged {
  readonly id: string;
  readonly state: IncidentState;
  readonly verdict: Verdict | null;
  readonly version: number;
  /** For a merged one: the incident it lives on in. */
  readonly survivorId: string | null;
}

export type Judgment =
  | { readonly status: 'done'; readonly state: IncidentState; readonly verdict: Verdict | null }
  | {
      readonly status: Exclude<Receipt['status'], 'done' | 'not-found'>;
      readonly detail: string;
    };

/** Decides what an action does to an incident that exists; changes nothing itself. */
export function judge(incident: Judged, action: AnalystAction): Judgment {
  const next = TRANSITIONS[incident.state][action.action];
  if (incident.state === 'merged' && next === undefined) return mergedConflict(incident);
  if (isStale(incident, action)) {
    const detail =
      `The incident is at version ${incident.version}, not ${action.ifVersion}; ` +
      'look at it again before you change it.';
    return { status: 'stale', detail };
  }
  if (next === undefined) return { status: 'conflict', detail: conflictDetail(incident, action) };
  const verdict = verdictAfter(incident, action);
  if (action.action === 'close' && verdict === null) {
    return { status: 'verdict-missing', detail: 'Closing an incident needs a verdict.' };
  }
  return { status: 'done', state: next, verdict };
}

const isStale = (incident: Judged, action: AnalystAction): boolean =>
  VERSIONED.has(action.action) &&
  action.ifVersion !== null &&
  action.ifVersion !== incident.version;

function mergedConflict(incident: Judged): Judgment {
  const detail = `The incident was merged into ${incident.survivorId ?? 'another one'}; act on that one.`;
  return { status: 'conflict', detail };
}

function conflictDetail(incident: Judged, action: AnalystAction): string {
  const allowed = Object.keys(TRANSITIONS[incident.state]).join(', ');
  return `The action ${action.action} is not possible while the incident is ${incident.state}; possible are: ${allowed}.`;
}

/** A verdict comes with resolve or close, goes with reopen, and stays otherwise. */
function verdictAfter(incident: Judged, { action, verdict }: AnalystAction): Verdict | null {
  if (action === 'reopen') return null;
  if (action === 'resolve' || action === 'close') return verdict ?? incident.verdict;
  return incident.verdict;
}
