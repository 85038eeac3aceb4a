import type { ReplayIncident } from '../app.ts';
import { parseTime } from '../lib/format-time.ts';
import type { StoredIncident } from '../store/ports.ts';
import type { IncidentRow } from './render/incident-table.ts';

/** An incident of a database or of the API as a line of the table. */
export const rowOfStored = (incident: StoredIncident): IncidentRow => ({
  number: incident.number,
  severity: incident.severity,
  risk: incident.risk,
  state: incident.state,
  title: incident.title,
  where: incident.entity.label,
  firstTime: incident.firstTime,
  lastTime: incident.lastTime,
  eventCount: incident.eventCount,
  tactics: incident.tactics,
});

/** An incident of a replay's result as a line of the table. */
export const rowOfReplayed = (incident: ReplayIncident): IncidentRow => ({
  number: incident.number,
  severity: incident.severity,
  risk: incident.risk,
  state: incident.state,
  title: incident.title,
  where: incident.entity,
  firstTime: parseTime(incident.firstTime) ?? 0,
  lastTime: parseTime(incident.lastTime) ?? 0,
  eventCount: incident.eventCount,
  tactics: incident.tactics,
});
