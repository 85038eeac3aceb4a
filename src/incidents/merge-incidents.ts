import type { Finding } from '../model/finding.ts';
import type { FoldContext } from './fold-context.ts';
import { addConnection } from './connections.ts';
import type { LiveIncident, RuleTally } from './live-incident.ts';
import type { Outcome } from './outcome.ts';
import { levelRank } from '../model/level.ts';
import { describeState } from './describe-state.ts';
import { redirectEntities } from './incident-book.ts';
import { addSorted, DISTINCT_MAX, isEarlierLead, refresh } from './live-incident.ts';
import { addChange } from './outcome.ts';

/** The one that began first in the total order survives; of two that began together the smaller id. */
export const bySeniority = (left: LiveIncident, right: LiveIncident): number => {
  if (left.firstOrder !== right.firstOrder) return left.firstOrder - right.firstOrder;
  return left.id < right.id ? -1 : 1;
};

/**
 * Makes one incident of several open ones, as a rule with `merge: true` asks. The survivor counts
 * everything of the others; their findings stay stored under the incident they were placed in, which
 * points to the survivor. Further findings of their entities go to the survivor.
 */
export function mergeIncidents(
  context: FoldContext,
  survivor: LiveIncident,
  { others, finding }: { readonly others: readonly LiveIncident[]; readonly finding: Finding },
): void {
  const before = describeState(survivor);
  survivor.version += 1;
  for (const taken of others) {
    takeIn(context, survivor, taken);
    markMerged(context.outcome, survivor, { taken, finding });
  }
  refresh(survivor);
  const names = others.map((taken) => taken.id).join(', ');
  const sentence = `Took in ${names}: ${whyTogether(finding)}`;
  addChange(context.outcome, survivor, { reason: 'merged', finding, sentence });
  addAudit(context.outcome, survivor, { before, finding, text: sentence });
}

function markMerged(
  outcome: Outcome,
  survivor: LiveIncident,
  { taken, finding }: { readonly taken: LiveIncident; readonly finding: Finding },
): void {
  const before = describeState(taken);
  taken.state = 'merged';
  taken.version += 1;
  taken.mergedInto = survivor.id;
  taken.details = null;
  taken.links.push({ incidentId: survivor.id, reason: 'merged-into' });
  survivor.links.push({ incidentId: taken.id, reason: 'merged-from' });
  const sentence = `Merged into incident ${survivor.id}: ${whyTogether(finding)}`;
  addChange(outcome, taken, { reason: 'merged', finding, sentence });
  addAudit(outcome, taken, { before, finding, text: sentence });
}

/** The rule and the events that hold the incidents together, in one line. */
function whyTogether(finding: Finding): string {
  const ids = finding.events.map((event) => event.eventId);
  const first = ids[0] ?? '';
  const last = ids.at(-1) ?? '';
  const events = first === last ? `event ${first}` : `events ${first} and ${last}`;
  return `"${finding.title}" (${finding.ruleId}) connects ${events}. ${finding.sentence}`;
}

function addAudit(
  outcome: Outcome,
  incident: LiveIncident,
  entry: { readonly before: string; readonly finding: Finding; readonly text: string },
): void {
  outcome.audit.push({
    at: entry.finding.time,
    actor: 'system',
    via: 'system',
    actionId: entry.finding.id,
    incidentId: incident.id,
    action: 'merge',
    before: entry.before,
    after: describeState(incident),
    text: entry.text,
  });
}

function takeIn(context: FoldContext, survivor: LiveIncident, taken: LiveIncident): void {
  const { book } = context;
  redirectEntities(book, taken, survivor);
  book.closed.items.push(taken.id);
  survivor.firstOrder = Math.min(survivor.firstOrder, taken.firstOrder);
  survivor.lastOrder = Math.max(survivor.lastOrder, taken.lastOrder);
  survivor.firstTime = Math.min(survivor.firstTime, taken.firstTime);
  survivor.lastTime = Math.max(survivor.lastTime, taken.lastTime);
  survivor.baseEvents += taken.baseEvents;
  survivor.correlationEvents += taken.correlationEvents;
  survivor.findingCount += taken.findingCount;
  for (const connection of taken.connections) addConnection(survivor.connections, connection);
  if (isEarlierLead(taken.lead, survivor.lead)) survivor.lead = taken.lead;
  for (const tally of taken.rules.values()) addTally(survivor.rules, tally);
  for (const tactic of taken.tactics) addSorted(survivor.tactics, tactic);
  for (const technique of taken.techniques) addSorted(survivor.techniques, technique);
  for (const sensor of taken.sensors) {
    if (!survivor.sensors.includes(sensor)) survivor.sensors.push(sensor);
  }
  addDistinct(survivor.details?.binaries, taken.details?.binaries);
  addDistinct(survivor.details?.files, taken.details?.files);
}

function addDistinct(known?: Set<string>, added?: ReadonlySet<string>): void {
  if (known === undefined || added === undefined) return;
  for (const value of added) if (known.size < DISTINCT_MAX) known.add(value);
}

function addTally(rules: Map<string, RuleTally>, added: RuleTally): void {
  const known = rules.get(added.ruleId);
  if (known === undefined) {
    rules.set(added.ruleId, { ...added });
    return;
  }
  known.count += added.count;
  known.firstTime = Math.min(known.firstTime, added.firstTime);
  known.lastTime = Math.max(known.lastTime, added.lastTime);
  if (levelRank(added.level) > levelRank(known.level)) known.level = added.level;
}
