import type { AnalystAction } from '../model/observation.ts';
import type { Receipt } from '../model/incident.ts';
import type { FoldContext } from './fold-context.ts';
import type { IncidentBook } from './incident-book.ts';
import type { Judgment } from './lifecycle.ts';
import type { LiveIncident } from './live-incident.ts';
import { describeState } from './describe-state.ts';
import { heldEventsOf } from './held-events.ts';
import { isArchived, survivorOf } from './incident-book.ts';
import { judge, REASON_OF_ACTION } from './lifecycle.ts';
import { reopen } from './reopen.ts';

type Done = Extract<Judgment, { status: 'done' }>;

/** Judges an analyst's action, carries it out, and leaves its receipt in the outcome. */
export function act(
  context: FoldContext,
  action: AnalystAction,
  held: ReadonlyMap<string, number>,
): void {
  const { book, outcome } = context;
  const incident = book.incidents.get(action.incidentId);
  if (incident === undefined) {
    outcome.receipts.push(notFound(book, action));
    return;
  }
  const survivorId = incident.mergedInto === null ? null : finalId(book, incident);
  const judgment = judge({ ...incident, survivorId }, action);
  if (judgment.status === 'done') carryOut(context, incident, { action, judgment });
  outcome.receipts.push({
    actionId: action.id,
    status: judgment.status,
    incidentId: incident.id,
    version: incident.version,
    state: incident.state,
    heldEvents: heldEventsOf(incident, held),
    detail: judgment.status === 'done' ? doneDetail(incident, action) : judgment.detail,
  });
}

const finalId = (book: IncidentBook, incident: LiveIncident): string | null =>
  survivorOf(book, incident.id)?.id ?? incident.mergedInto;

const doneDetail = (incident: LiveIncident, { action }: AnalystAction): string =>
  action === 'note' ? 'The note was added.' : `The incident is now ${incident.state}.`;

function notFound(book: IncidentBook, action: AnalystAction): Receipt {
  const detail = isArchived(book, action.incidentId)
    ? 'This incident is archived: it can be read, but memory holds newer ones in its place and it can not be changed.'
    : 'There is no incident with this id.';
  return {
    actionId: action.id,
    status: 'not-found',
    incidentId: action.incidentId,
    version: null,
    state: null,
    heldEvents: 0,
    detail,
  };
}

function carryOut(
  context: FoldContext,
  incident: LiveIncident,
  { action, judgment }: { readonly action: AnalystAction; readonly judgment: Done },
): void {
  const { outcome } = context;
  const before = describeState(incident);
  apply(context.book, incident, { action, judgment });
  outcome.changed.add(incident);
  outcome.changes.push({
    incidentId: incident.id,
    reason: REASON_OF_ACTION[action.action],
    at: action.at,
    cause: action.id,
    sentence: sentenceOfAction(action, context.limits.fieldCharsMax),
  });
  outcome.audit.push({
    at: action.at,
    actor: action.actor,
    via: action.via,
    actionId: action.id,
    incidentId: incident.id,
    action: action.action,
    before,
    after: describeState(incident),
    text: action.text,
  });
}

function apply(
  book: IncidentBook,
  incident: LiveIncident,
  { action, judgment }: { readonly action: AnalystAction; readonly judgment: Done },
): void {
  if (action.action === 'reopen') {
    reopen(incident);
    return;
  }
  incident.version += 1;
  incident.state = judgment.state;
  incident.verdict = judgment.verdict;
  if (action.action !== 'resolve' && action.action !== 'close') return;
  incident.settledAt = action.at;
  incident.sawAfterSettled = false;
  if (action.action === 'close') book.closed.items.push(incident.id);
}

function sentenceOfAction(action: AnalystAction, charsMax: number): string {
  const verb = action.action === 'note' ? 'Noted' : capitalize(REASON_OF_ACTION[action.action]);
  const verdict = action.verdict === null ? '' : ` as ${action.verdict}`;
  const text = action.text === null ? '.' : `: ${action.text.slice(0, charsMax)}`;
  return `${verb} by ${action.actor}${verdict}${text}`;
}

const capitalize = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
