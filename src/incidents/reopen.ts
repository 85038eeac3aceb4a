import type { Finding } from '../model/finding.ts';
import type { LiveIncident } from './live-incident.ts';
import type { Outcome } from './outcome.ts';
import { describeState } from './describe-state.ts';

/** Makes an incident open again. Its verdict is gone from it; the old one stays in the audit. */
export function reopen(incident: LiveIncident): void {
  incident.state = 'investigating';
  incident.verdict = null;
  incident.settledAt = null;
  incident.sawAfterSettled = false;
  incident.version += 1;
}

/** A resolved incident goes on: reopened in the system's name, with an entry in the audit. */
export function reopenByFinding(outcome: Outcome, incident: LiveIncident, finding: Finding): void {
  const before = describeState(incident);
  reopen(incident);
  outcome.audit.push({
    at: finding.time,
    actor: 'system',
    via: 'system',
    actionId: finding.id,
    incidentId: incident.id,
    action: 'reopen',
    before,
    after: describeState(incident),
    text: `Reopened by "${finding.title}" (${finding.ruleId}).`,
  });
}
