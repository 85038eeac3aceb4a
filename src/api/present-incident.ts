import { formatTime } from '../lib/format-time.ts';
import type { CoverageGap } from '../model/coverage-gap.ts';
import type { StoredIncident } from '../store/ports.ts';
import { presentGap } from './present-gap.ts';
import type { IncidentDetailBody, IncidentSummaryBody } from './schemas/incident.ts';

/** `INC-12`, as people say it. */
export const incidentName = (number: number): string => `INC-${number}`;

/** An incident as a line of a list. Keys of entities and raw microseconds stay inside. */
export function presentSummary(incident: StoredIncident): IncidentSummaryBody {
  return {
    id: incident.id,
    number: incident.number,
    name: incidentName(incident.number),
    title: incident.title,
    severity: incident.severity,
    risk: incident.risk,
    state: incident.state,
    verdict: incident.verdict,
    version: incident.version,
    revision: incident.revision,
    entity: { kind: incident.entity.kind, label: incident.entity.label },
    where: incident.where,
    firstTime: formatTime(incident.firstTime),
    lastTime: formatTime(incident.lastTime),
    eventCount: incident.eventCount,
    findingCount: incident.findingCount,
    tactics: [...incident.tactics],
    techniques: [...incident.techniques],
    sensors: [...incident.sensors],
    createdAt: formatTime(incident.createdAt),
    updatedAt: formatTime(incident.updatedAt),
  };
}

/**
 * An incident in full: with the rules that matched, the points of its score, its links, and when its
 * nodes were not fully seen.
 */
export function presentIncident(
  incident: StoredIncident,
  gaps: readonly CoverageGap[],
): IncidentDetailBody {
  return {
    ...presentSummary(incident),
    rules: incident.rules.map((rule) => ({
      rule: rule.ruleId,
      title: rule.title,
      level: rule.level,
      count: rule.count,
      firstTime: formatTime(rule.firstTime),
      lastTime: formatTime(rule.lastTime),
    })),
    reasons: incident.reasons.map(({ code, field, points, sentence }) => {
      return { code, field, points, sentence };
    }),
    links: incident.links.map(({ incidentId, reason }) => ({ incidentId, reason })),
    coverage: gaps.map(presentGap),
  };
}
