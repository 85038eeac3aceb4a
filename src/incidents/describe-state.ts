import type { LiveIncident } from './live-incident.ts';

/** State, verdict and version as compact JSON: what the audit shows before and after. */
export const describeState = (incident: LiveIncident): string =>
  JSON.stringify({
    state: incident.state,
    verdict: incident.verdict,
    version: incident.version,
  });
