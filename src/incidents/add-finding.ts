import type { Finding } from '../model/finding.ts';
import type { SecurityEvent } from '../model/security-event.ts';
import type { Effect } from './choose-incident.ts';
import type { FoldContext } from './fold-context.ts';
import { addConnection } from './connections.ts';
import type { LiveIncident, RuleTally } from './live-incident.ts';
import { levelRank } from '../model/level.ts';
import { recordFinding } from './incident-book.ts';
import { addSorted, considerLead, DISTINCT_MAX, leadOf, refresh } from './live-incident.ts';
import { bringsNews, bringsTactic, noteSeen } from './news.ts';
import { addChange, addFolded } from './outcome.ts';
import type { FindingReason } from './sentences.ts';
import { sentenceOf } from './sentences.ts';

/** A finding and the event of its step; null if a tick completed it. */
export interface Placing {
  readonly finding: Finding;
  readonly event: SecurityEvent | null;
}

/** Rules of one incident beyond the limit share this tally. */
const OTHER_RULES = 'other';
/** Events of correlations that are told apart; beyond them a repeated one counts again. */
const CORRELATION_EVENTS_MAX = 1_024;

/** Puts a finding into an incident: counts it, keeps or folds it, and says why the incident changed. */
export function addFinding(
  context: FoldContext,
  incident: LiveIncident,
  { placing, effect }: { readonly placing: Placing; readonly effect: Effect | 'open' },
): void {
  const { finding, event } = placing;
  const { outcome, settings } = context;
  const tally = tallyOf(incident, finding);
  const kept =
    finding.kind === 'correlation' ||
    event === null ||
    tally.count < settings.evidencePerRuleMax ||
    bringsNews(incident, finding);
  const severityBefore = incident.severity;
  const newTactic = bringsTactic(incident, finding);

  countFinding(tally, finding);
  countEvents(incident, placing);
  widen(incident, finding);
  learn(incident, placing, newTactic);
  recordFinding(context.book, incident, { id: finding.id, kept });

  outcome.changed.add(incident);
  if (kept) outcome.placed.push({ finding, incidentId: incident.id });
  else if (event !== null) addFolded(outcome, incident, { finding, journal: event.journal });
  const raised = levelRank(incident.severity) > levelRank(severityBefore);
  const reason = changeReason(effect, raised, newTactic);
  if (!kept && !mustTell(incident, reason)) return;
  if (reason === 'seen-before-close') incident.sawAfterSettled = true;
  const sentence = sentenceOf(reason, finding, { incident, severityBefore });
  addChange(outcome, incident, { reason, finding, sentence });
}

/** A folded finding is told of only if it changed more than a count. */
const mustTell = (incident: LiveIncident, reason: FindingReason): boolean =>
  reason === 'reopened-by-finding' || (reason === 'seen-before-close' && !incident.sawAfterSettled);

function changeReason(effect: Effect | 'open', raised: boolean, newTactic: boolean): FindingReason {
  if (effect === 'open') return 'opened';
  if (effect === 'reopen') return 'reopened-by-finding';
  if (effect === 'seen-before-close') return 'seen-before-close';
  if (raised) return 'severity-raised';
  return newTactic ? 'new-tactic' : 'finding-added';
}

function tallyOf(incident: LiveIncident, finding: Finding): RuleTally {
  const { rules } = incident;
  const known = rules.get(finding.ruleId);
  if (known !== undefined) return known;
  const full = rules.size >= DISTINCT_MAX;
  const other = full ? rules.get(OTHER_RULES) : undefined;
  if (other !== undefined) return other;
  const tally: RuleTally = {
    ruleId: full ? OTHER_RULES : finding.ruleId,
    title: full ? 'Further rules' : finding.title,
    level: finding.level,
    count: 0,
    firstTime: finding.time,
    lastTime: finding.time,
  };
  rules.set(tally.ruleId, tally);
  return tally;
}

function countFinding(tally: RuleTally, finding: Finding): void {
  tally.count += 1;
  if (levelRank(finding.level) > levelRank(tally.level)) tally.level = finding.level;
  if (finding.time < tally.firstTime) tally.firstTime = finding.time;
  if (finding.time > tally.lastTime) tally.lastTime = finding.time;
}

function countEvents(incident: LiveIncident, { finding, event }: Placing): void {
  incident.findingCount += 1;
  if (finding.kind === 'correlation') {
    if (incident.baseEvents === 0) countCorrelationEvents(incident, finding);
  } else if (event !== null && incident.lastEventId !== event.id) {
    incident.lastEventId = event.id;
    incident.baseEvents += 1;
  }
}

function countCorrelationEvents(incident: LiveIncident, finding: Finding): void {
  const known = incident.details?.correlationEventIds;
  for (const { eventId } of finding.events) {
    if (known?.has(eventId) === true) continue;
    incident.correlationEvents += 1;
    if (known !== undefined && known.size < CORRELATION_EVENTS_MAX) known.add(eventId);
  }
}

function widen(incident: LiveIncident, finding: Finding): void {
  if (finding.orderTime < incident.firstOrder) incident.firstOrder = finding.orderTime;
  if (finding.orderTime > incident.lastOrder) incident.lastOrder = finding.orderTime;
  if (finding.time < incident.firstTime) incident.firstTime = finding.time;
  if (finding.time > incident.lastTime) incident.lastTime = finding.time;
}

function learn(incident: LiveIncident, { finding, event }: Placing, newTactic: boolean): void {
  let scoreChanged = considerLead(incident, finding);
  if (newTactic) {
    for (const tactic of finding.tactics) addSorted(incident.tactics, tactic);
    scoreChanged = true;
  }
  for (const technique of finding.techniques) addSorted(incident.techniques, technique);
  if (finding.kind === 'correlation' && addConnection(incident.connections, leadOf(finding))) {
    scoreChanged = true;
  }
  if (event !== null && !incident.sensors.includes(event.sensor)) {
    incident.sensors.push(event.sensor);
  }
  noteSeen(incident, finding);
  if (scoreChanged) refresh(incident);
}
