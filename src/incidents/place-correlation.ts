import type { Placing } from './add-finding.ts';
import type { FoldContext } from './fold-context.ts';
import type { LiveIncident } from './live-incident.ts';
import { coveringIncident, effectOfEvidence } from './choose-incident.ts';
import { incidentOfFinding } from './incident-book.ts';
import { linkCorrelated } from './link-incidents.ts';
import { bySeniority, mergeIncidents } from './merge-incidents.ts';
import { join, placeByEntity } from './open-or-join.ts';

/**
 * Puts a correlation finding where its evidence lies: into that one incident, into the one that a
 * merging rule makes of several, or else into one of its own that is linked with them.
 */
export function placeCorrelation(context: FoldContext, placing: Placing): void {
  const { finding } = placing;
  const found = evidenceIncidents(context, placing);
  const [only] = found;
  if (only !== undefined && found.length === 1 && effectOfEvidence(only, finding) !== 'refuse') {
    join(context, only, placing);
    return;
  }
  const host = finding.merge && found.length > 1 ? mergeOpen(context, found, placing) : null;
  const incident = host === null ? placeByEntity(context, placing) : join(context, host, placing);
  if (incident === null) return;
  const others = found.filter((other) => other.mergedInto === null);
  linkCorrelated(context, incident, { others, finding });
}

/** The incidents that hold the evidence, each once, in the order of the evidence. */
function evidenceIncidents(context: FoldContext, { finding }: Placing): LiveIncident[] {
  const found: LiveIncident[] = [];
  for (const link of finding.evidence) {
    const incident =
      incidentOfFinding(context.book, link.findingId) ??
      coveringIncident(context.book, link, context.settings);
    if (incident !== null && !found.includes(incident)) found.push(incident);
  }
  return found;
}

/** Merges the open ones, at most as many as allowed; null if none is open. */
function mergeOpen(
  context: FoldContext,
  found: readonly LiveIncident[],
  { finding }: Placing,
): LiveIncident | null {
  const open = found.filter((incident) => incident.settledAt === null).toSorted(bySeniority);
  const [survivor, ...others] = open.slice(0, context.limits.mergedIncidentsMax);
  if (survivor === undefined) return null;
  if (others.length > 0) mergeIncidents(context, survivor, { others, finding });
  return survivor;
}
