import type { CoreSettings } from '../model/observation.ts';
import type { Finding } from '../model/finding.ts';
import type { Micros } from '../model/micros.ts';
import type { IncidentBook } from './incident-book.ts';
import type { LiveIncident } from './live-incident.ts';
import { levelRank } from '../model/level.ts';
import { MICROS_PER_MS } from '../model/micros.ts';
import { survivorOf } from './incident-book.ts';
import { isOpen } from './live-incident.ts';
import { bringsNews } from './news.ts';

/** What joining would do to an incident; `refuse` means the finding does not belong there. */
export type Effect = 'join' | 'reopen' | 'seen-before-close' | 'refuse';

/** Closed interval: a finding exactly one quiet period away still belongs. */
function covers(incident: LiveIncident, time: Micros, settings: CoreSettings): boolean {
  const quiet = settings.quietPeriodMs * MICROS_PER_MS;
  return time >= incident.firstOrder - quiet && time <= incident.lastOrder + quiet;
}

function fitsSpan(incident: LiveIncident, time: Micros, settings: CoreSettings): boolean {
  const first = Math.min(incident.firstOrder, time);
  const last = Math.max(incident.lastOrder, time);
  return last - first <= settings.incidentSpanMaxMs * MICROS_PER_MS;
}

/** What a finding does to an incident of its entity, by the time between them and by its state. */
function effectByTime(incident: LiveIncident, finding: Finding, settings: CoreSettings): Effect {
  const time = finding.orderTime;
  if (!fitsSpan(incident, time, settings)) return 'refuse';
  if (covers(incident, time, settings)) return effectOfEvidence(incident, finding);
  if (incident.state !== 'resolved' || incident.settledAt === null) return 'refuse';
  const sinceResolved = time - incident.settledAt;
  const reopenWindow = settings.reopenWindowMs * MICROS_PER_MS;
  return sinceResolved >= 0 && sinceResolved <= reopenWindow ? 'reopen' : 'refuse';
}

/** What a finding does to an incident that it belongs to whatever the time between them. */
export function effectOfEvidence(incident: LiveIncident, finding: Finding): Effect {
  if (incident.settledAt === null) return isOpen(incident.state) ? 'join' : 'refuse';
  const reopens = incident.state === 'resolved' ? 'reopen' : 'refuse';
  if (finding.orderTime >= incident.settledAt) return reopens;
  return bringsNews(incident, finding) ? reopens : 'seen-before-close';
}

/** Newest by first event, then by last, then the smaller id, so that no map order decides. */
function isNewer(left: LiveIncident, right: LiveIncident | null): boolean {
  if (right === null) return true;
  if (left.firstOrder !== right.firstOrder) return left.firstOrder > right.firstOrder;
  if (left.lastOrder !== right.lastOrder) return left.lastOrder > right.lastOrder;
  return left.id < right.id;
}

/** Findings below the minimum open no incident and change no settled one. */
export const isBelowLevel = (finding: Finding, settings: CoreSettings): boolean =>
  levelRank(finding.level) < levelRank(settings.incidentLevelMin);

/**
 * The incident of its entity that a finding joins, or null if it needs a new one. In order, an open
 * incident goes before a settled one; for a late finding the newest one that covers it decides.
 */
export function chooseIncident(
  book: IncidentBook,
  finding: Finding,
  settings: CoreSettings,
): LiveIncident | null {
  const newestDecides = finding.late && !isBelowLevel(finding, settings);
  let best: LiveIncident | null = null;
  for (const id of book.byEntity.get(finding.entity.key) ?? []) {
    const incident = survivorOf(book, id);
    if (incident === null || effectByTime(incident, finding, settings) === 'refuse') continue;
    if (best === null || isPreferred(incident, best, newestDecides)) best = incident;
  }
  return best;
}

function isPreferred(left: LiveIncident, right: LiveIncident, newestDecides: boolean): boolean {
  const leftOpen = left.settledAt === null;
  if (!newestDecides && leftOpen !== (right.settledAt === null)) return leftOpen;
  return isNewer(left, right);
}

/** The newest incident of an entity that covers a time, in whatever state; null if none does. */
export function coveringIncident(
  book: IncidentBook,
  at: { readonly entityKey: string; readonly time: Micros },
  settings: CoreSettings,
): LiveIncident | null {
  let newest: LiveIncident | null = null;
  for (const id of book.byEntity.get(at.entityKey) ?? []) {
    const incident = survivorOf(book, id);
    if (incident === null || !covers(incident, at.time, settings)) continue;
    if (isNewer(incident, newest)) newest = incident;
  }
  return newest;
}

/** The incident that a new one of the same entity points back to: the newest that began before it. */
export function previousIncident(book: IncidentBook, finding: Finding): LiveIncident | null {
  let before: LiveIncident | null = null;
  let any: LiveIncident | null = null;
  for (const id of book.byEntity.get(finding.entity.key) ?? []) {
    const incident = survivorOf(book, id);
    if (incident === null) continue;
    if (isNewer(incident, any)) any = incident;
    if (incident.firstOrder <= finding.orderTime && isNewer(incident, before)) before = incident;
  }
  return before ?? any;
}
