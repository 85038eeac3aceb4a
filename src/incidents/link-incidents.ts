import type { Finding } from '../model/finding.ts';
import type { FoldContext } from './fold-context.ts';
import type { LiveIncident } from './live-incident.ts';
import { DISTINCT_MAX } from './live-incident.ts';
import { addChange } from './outcome.ts';

/** Links incidents, both ways, because a correlation found evidence in each of them. */
export function linkCorrelated(
  context: FoldContext,
  incident: LiveIncident,
  { others, finding }: { readonly others: readonly LiveIncident[]; readonly finding: Finding },
): void {
  for (const other of others) {
    if (other === incident) continue;
    linkOneWay(context, incident, { other, finding });
    linkOneWay(context, other, { other: incident, finding });
  }
}

function linkOneWay(
  context: FoldContext,
  incident: LiveIncident,
  { other, finding }: { readonly other: LiveIncident; readonly finding: Finding },
): void {
  const { links } = incident;
  const known = links.some((link) => link.incidentId === other.id && link.reason === 'correlated');
  if (known || links.length >= DISTINCT_MAX) return;
  links.push({ incidentId: other.id, reason: 'correlated' });
  addChange(context.outcome, incident, {
    reason: 'linked',
    finding,
    sentence:
      `Linked with incident ${other.id}, because "${finding.title}" (${finding.ruleId}) ` +
      `found evidence in both: ${finding.sentence}`,
  });
}
