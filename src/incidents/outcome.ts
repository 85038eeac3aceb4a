import type { Finding } from '../model/finding.ts';
import type {
  AuditEntry,
  ChangeReason,
  FoldedFindings,
  IncidentChange,
  PlacedFinding,
  Receipt,
} from '../model/incident.ts';
import type { JournalRef } from '../model/part.ts';
import type { Micros } from '../model/micros.ts';
import type { LiveGap } from './coverage-gaps.ts';
import type { LiveIncident } from './live-incident.ts';

interface FoldedSoFar extends FoldedFindings {
  count: number;
  firstTime: Micros;
  lastTime: Micros;
  readonly journal: JournalRef[];
}

/** What one batch has changed so far. It is gone with the batch and no part of the state. */
export interface Outcome {
  readonly placed: PlacedFinding[];
  readonly folded: FoldedFindings[];
  /** In the order of their first change. */
  readonly changed: Set<LiveIncident>;
  readonly changes: IncidentChange[];
  readonly audit: AuditEntry[];
  readonly receipts: Receipt[];
  /** In the order of their first change. */
  readonly gaps: Set<LiveGap>;
  readonly foldedByIncident: Map<LiveIncident, Map<string, FoldedSoFar>>;
}

export const newOutcome = (): Outcome => ({
  placed: [],
  folded: [],
  changed: new Set(),
  changes: [],
  audit: [],
  receipts: [],
  gaps: new Set(),
  foldedByIncident: new Map(),
});

/** Adds a folded finding to its incident's and rule's entry of this batch. */
export function addFolded(
  outcome: Outcome,
  incident: LiveIncident,
  { finding, journal }: { readonly finding: Finding; readonly journal: JournalRef },
): void {
  let byRule = outcome.foldedByIncident.get(incident);
  if (byRule === undefined) {
    byRule = new Map();
    outcome.foldedByIncident.set(incident, byRule);
  }
  let entry = byRule.get(finding.ruleId);
  if (entry === undefined) {
    entry = {
      incidentId: incident.id,
      ruleId: finding.ruleId,
      count: 0,
      firstTime: finding.time,
      lastTime: finding.time,
      journal: [],
      reason: 'evidence-limit',
    };
    byRule.set(finding.ruleId, entry);
    outcome.folded.push(entry);
  }
  entry.count += 1;
  if (finding.time < entry.firstTime) entry.firstTime = finding.time;
  if (finding.time > entry.lastTime) entry.lastTime = finding.time;
  entry.journal.push(journal);
}

/** Notes why an incident changed because of a finding, as of the finding's own time. */
export function addChange(
  outcome: Outcome,
  incident: LiveIncident,
  change: { readonly reason: ChangeReason; readonly finding: Finding; readonly sentence: string },
): void {
  outcome.changed.add(incident);
  outcome.changes.push({
    incidentId: incident.id,
    reason: change.reason,
    at: change.finding.time,
    cause: change.finding.id,
    sentence: change.sentence,
  });
}
