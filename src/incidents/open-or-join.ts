import type { IncidentLink } from '../model/incident.ts';
import type { Placing } from './add-finding.ts';
import type { FoldContext } from './fold-context.ts';
import type { LiveIncident } from './live-incident.ts';
import { MICROS_PER_MS } from '../model/micros.ts';
import { stableId } from '../lib/stable-id.ts';
import { addFinding } from './add-finding.ts';
import {
  chooseIncident,
  effectOfEvidence,
  isBelowLevel,
  previousIncident,
} from './choose-incident.ts';
import { addIncident, compactSome, isArchived, makeRoom } from './incident-book.ts';
import { startIncident } from './live-incident.ts';
import { reopenByFinding } from './reopen.ts';

/**
 * Puts a finding into the incident of its entity that it fits, or opens one.
 * Null if the finding went nowhere: below the minimum level, or a copy of one long forgotten.
 */
export function placeByEntity(context: FoldContext, placing: Placing): LiveIncident | null {
  const incident = chooseIncident(context.book, placing.finding, context.settings);
  return incident === null ? open(context, placing) : join(context, incident, placing);
}

/** Puts a finding into an incident that does not refuse it; null if its level is too low for that. */
export function join(
  context: FoldContext,
  incident: LiveIncident,
  placing: Placing,
): LiveIncident | null {
  const { finding } = placing;
  if (incident.settledAt !== null && isBelowLevel(finding, context.settings)) {
    context.counters.belowLevel += 1;
    return null;
  }
  const effect = effectOfEvidence(incident, finding);
  if (effect === 'reopen') reopenByFinding(context.outcome, incident, finding);
  addFinding(context, incident, { placing, effect });
  return incident;
}

/** Opens an incident with this finding as its first. */
function open(context: FoldContext, placing: Placing): LiveIncident | null {
  const { book, settings, limits, counters } = context;
  const { finding } = placing;
  if (isBelowLevel(finding, settings)) {
    counters.belowLevel += 1;
    return null;
  }
  const id = stableId(['incident', finding.entity.key, finding.id]);
  if (book.incidents.has(id) || isArchived(book, id)) {
    // The finding itself is forgotten, but the incident it once opened is not.
    counters.copies += 1;
    return null;
  }
  const incident = startIncident(id, finding);
  const previous = previousIncident(book, finding);
  if (previous !== null) incident.links.push(previousLink(previous));
  addIncident(book, incident);
  addFinding(context, incident, { placing, effect: 'open' });
  const keepMs =
    settings.incidentSpanMaxMs + Math.max(settings.quietPeriodMs, settings.reopenWindowMs);
  compactSome(book, context.newestOrder - keepMs * MICROS_PER_MS);
  makeRoom(book, limits.incidentsInMemoryMax);
  return incident;
}

const previousLink = (previous: LiveIncident): IncidentLink => ({
  incidentId: previous.id,
  reason: 'previous',
});
