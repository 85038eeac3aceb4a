import type { Entity, Finding, Where } from '../model/finding.ts';
import type {
  Incident,
  IncidentLink,
  IncidentState,
  ScoreReason,
  Verdict,
} from '../model/incident.ts';
import type { Level } from '../model/level.ts';
import { levelRank } from '../model/level.ts';
import type { Micros } from '../model/micros.ts';
import type { SensorName } from '../model/origin.ts';
import { scoreOf } from './score.ts';
import { titleOf } from './title.ts';

/** Distinct values that one incident remembers of one kind; further ones are no news. */
export const DISTINCT_MAX = 256;

/** What this incident knows of a rule. Rules beyond the limit share one tally. */
export interface RuleTally {
  ruleId: string;
  title: string;
  level: Level;
  count: number;
  firstTime: Micros;
  lastTime: Micros;
}

/** The finding that names the incident: the most severe one, of those the earliest. */
export interface Lead {
  readonly findingId: string;
  readonly title: string;
  readonly level: Level;
  readonly orderTime: Micros;
  readonly orderNanos: number;
  readonly where: Where;
}

/** What only an incident that may still grow needs; dropped when its time is long past. */
interface Details {
  readonly binaries: Set<string>;
  readonly files: Set<string>;
  /** Events of its correlation findings, to count each once. */
  readonly correlationEventIds: Set<string>;
}

/**
 * An incident as the fold works on it: plain data, changed in place. Grouping looks at order times;
 * `firstTime` and `lastTime` are the sensors' own times and only shown.
 */
export interface LiveIncident {
  readonly id: string;
  readonly entity: Entity;
  readonly where: Where;
  state: IncidentState;
  verdict: Verdict | null;
  version: number;
  firstOrder: Micros;
  lastOrder: Micros;
  firstTime: Micros;
  lastTime: Micros;
  /** Distinct events of detections and alerts. An event has one entity, so a merge just adds up. */
  baseEvents: number;
  /** Distinct events of correlations, which count only while there are no others. */
  correlationEvents: number;
  /** All findings of one event come in one step, so the last event is enough to count it once. */
  lastEventId: string;
  findingCount: number;
  lead: Lead;
  /** Sorted. */
  tactics: string[];
  /** Sorted. */
  techniques: string[];
  rules: Map<string, RuleTally>;
  /** The most severe correlations that joined, of those the earliest; kept by `addConnection`. */
  connections: Lead[];
  links: IncidentLink[];
  sensors: SensorName[];
  /** When it was resolved or closed; null while it is open. */
  settledAt: Micros | null;
  /** Was a finding from before that time already reported? */
  sawAfterSettled: boolean;
  mergedInto: string | null;
  /** Its own entity first, then those of the incidents it took in. */
  entityKeys: string[];
  details: Details | null;
  /** Derived from the rest by `refresh`. */
  title: string;
  severity: Level;
  risk: number;
  reasons: readonly ScoreReason[];
}

export const leadOf = (finding: Finding): Lead => ({
  findingId: finding.id,
  title: finding.title,
  level: finding.level,
  orderTime: finding.orderTime,
  orderNanos: finding.orderNanos,
  where: finding.where,
});

/** Starts an incident without any finding counted yet; the caller adds the first one. */
export function startIncident(id: string, finding: Finding): LiveIncident {
  const incident: LiveIncident = {
    id,
    entity: finding.entity,
    where: finding.where,
    state: 'new',
    verdict: null,
    version: 1,
    firstOrder: finding.orderTime,
    lastOrder: finding.orderTime,
    firstTime: finding.time,
    lastTime: finding.time,
    baseEvents: 0,
    correlationEvents: 0,
    lastEventId: '',
    findingCount: 0,
    lead: leadOf(finding),
    tactics: [],
    techniques: [],
    rules: new Map(),
    connections: [],
    links: [],
    sensors: [],
    settledAt: null,
    sawAfterSettled: false,
    mergedInto: null,
    entityKeys: [finding.entity.key],
    details: newDetails(),
    title: '',
    severity: finding.level,
    risk: 0,
    reasons: [],
  };
  refresh(incident);
  return incident;
}

const newDetails = (): Details => ({
  binaries: new Set(),
  files: new Set(),
  correlationEventIds: new Set(),
});

/** Takes the lead from a finding that is more severe, or as severe and earlier in the total order. */
export function considerLead(incident: LiveIncident, finding: Finding): boolean {
  // Most findings are later and no more severe; they are dismissed without building anything.
  const { lead } = incident;
  if (finding.orderTime > lead.orderTime && levelRank(finding.level) <= levelRank(lead.level)) {
    return false;
  }
  const challenger = leadOf(finding);
  if (!isEarlierLead(challenger, lead)) return false;
  incident.lead = challenger;
  return true;
}

/** Does the left one go before the right one: more severe, else earlier in the total order? */
export function isEarlierLead(left: Lead, right: Lead): boolean {
  if (left.level !== right.level) return levelRank(left.level) > levelRank(right.level);
  if (left.orderTime !== right.orderTime) return left.orderTime < right.orderTime;
  if (left.orderNanos !== right.orderNanos) return left.orderNanos < right.orderNanos;
  return left.findingId < right.findingId;
}

/** Inserts a value into a sorted list of distinct ones; true if it was new. */
export function addSorted(list: string[], value: string): boolean {
  if (list.length >= DISTINCT_MAX || list.includes(value)) return false;
  list.push(value);
  list.sort();
  return true;
}

/** Brings title and score in line after lead, tactics or correlations changed. */
export function refresh(incident: LiveIncident): void {
  const score = scoreOf({
    level: incident.lead.level,
    leadTitle: incident.lead.title,
    tactics: incident.tactics,
    connectedBy: incident.connections.map(({ title }) => title),
  });
  incident.title = titleOf(incident.lead.title, incident.lead.where);
  incident.severity = score.severity;
  incident.risk = score.risk;
  incident.reasons = score.reasons;
}

export const isOpen = (state: IncidentState): boolean =>
  state === 'new' || state === 'acknowledged' || state === 'investigating' || state === 'on_hold';

/** The incident as everybody else sees it: a copy that later findings do not touch. */
export function toIncident(live: LiveIncident): Incident {
  return {
    id: live.id,
    entity: live.entity,
    where: live.where,
    title: live.title,
    severity: live.severity,
    risk: live.risk,
    state: live.state,
    verdict: live.verdict,
    version: live.version,
    firstTime: live.firstTime,
    lastTime: live.lastTime,
    eventCount: live.baseEvents > 0 ? live.baseEvents : live.correlationEvents,
    findingCount: live.findingCount,
    tactics: live.tactics.slice(),
    techniques: live.techniques.slice(),
    rules: sortedRules(live.rules),
    reasons: live.reasons,
    links: live.links.slice(),
    sensors: live.sensors.toSorted(),
  };
}

function sortedRules(rules: ReadonlyMap<string, RuleTally>): RuleTally[] {
  const copies: RuleTally[] = [];
  for (const tally of rules.values()) copies.push({ ...tally });
  return copies.toSorted((left, right) => (left.ruleId < right.ruleId ? -1 : 1));
}
