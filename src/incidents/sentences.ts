import type { ChangeReason } from '../model/incident.ts';
import type { Finding } from '../model/finding.ts';
import type { Level } from '../model/level.ts';
import type { LiveIncident } from './live-incident.ts';
import { unreachable } from '../lib/unreachable.ts';

/** What a finding can do to an incident. */
export type FindingReason = Extract<
  ChangeReason,
  | 'opened'
  | 'reopened-by-finding'
  | 'seen-before-close'
  | 'severity-raised'
  | 'new-tactic'
  | 'finding-added'
>;

interface Around {
  /** The incident with the finding already in it. */
  readonly incident: LiveIncident;
  readonly severityBefore: Level;
}

/** Why a finding changed an incident, in one sentence for the timeline. */
export function sentenceOf(reason: FindingReason, finding: Finding, around: Around): string {
  return `${introduction(reason, finding, around)} "${finding.title}" (${finding.ruleId}): ${finding.sentence}`;
}

function introduction(reason: FindingReason, finding: Finding, around: Around): string {
  switch (reason) {
    case 'opened':
      return 'Opened by';
    case 'reopened-by-finding':
      return 'Reopened by';
    case 'seen-before-close':
      return `Happened before the incident was ${around.incident.state} and was released after it:`;
    case 'severity-raised':
      return `Severity rose from ${around.severityBefore} to ${around.incident.severity} by`;
    case 'new-tactic':
      return `First sign of ${finding.tactics.join(', ')}:`;
    case 'finding-added':
      return 'Another finding:';
    default:
      return unreachable(reason);
  }
}
