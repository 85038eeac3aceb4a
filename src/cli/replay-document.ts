import type { ReplayIncident, ReplayResult } from '../app.ts';
import type { Ledger } from '../store/ports.ts';

/** What `replay --json` prints. */
export interface ReplayDocument {
  readonly events: Ledger;
  readonly incidents: readonly ReplayIncident[];
}

const compareText = (left: string, right: string): number =>
  left < right ? -1 : left > right ? 1 : 0;

/** Names every key itself, so that nothing else of a result can slip into the document. */
export function toReplayDocument(result: ReplayResult): ReplayDocument {
  const { received, accepted, duplicate, rejected, skipped, late } = result.events;
  return {
    events: { received, accepted, duplicate, rejected, skipped, late },
    incidents: result.incidents
      .toSorted((a, b) => compareText(a.firstTime, b.firstTime) || compareText(a.id, b.id))
      .map(documentIncident),
  };
}

function documentIncident(incident: ReplayIncident): ReplayIncident {
  return {
    id: incident.id,
    number: incident.number,
    severity: incident.severity,
    risk: incident.risk,
    title: incident.title,
    entity: incident.entity,
    state: incident.state,
    firstTime: incident.firstTime,
    lastTime: incident.lastTime,
    eventCount: incident.eventCount,
    tactics: incident.tactics,
    findings: incident.findings.map(({ id, rule, time, level, eventIds }) => {
      return { id, rule, time, level, eventIds };
    }),
    reasons: incident.reasons.map(({ code, field, sentence }) => ({ code, field, sentence })),
  };
}
