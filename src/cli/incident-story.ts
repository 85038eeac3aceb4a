import { buildProcessTree, type ProcessTreeNode } from '../lib/process-tree.ts';
import type { CoverageGap } from '../model/coverage-gap.ts';
import { levelRank } from '../model/level.ts';
import type { Finding } from '../model/finding.ts';
import type { Scope, StoredIncident, StoreReader, TimelineEntry } from '../store/ports.ts';

/** Whoever can open the file may see all of it. */
export const EVERYTHING: Scope = { clusters: null };

/** An incident with all it is told with, as the database knows it. */
export interface StoredStory {
  readonly incident: StoredIncident;
  readonly timeline: readonly TimelineEntry[];
  readonly processes: readonly ProcessTreeNode[];
  readonly ruleTitles: ReadonlyMap<string, string>;
  readonly incidentNames: ReadonlyMap<string, string>;
  readonly runbook: readonly string[];
  readonly coverage: readonly CoverageGap[];
}

/** More linked incidents are named by their ids: each name is a question to the database. */
export const NAMED_LINKS_MAX = 32;

/** Reads one incident by id, number or name; null if there is none. */
export async function readStory(
  reader: StoreReader,
  reference: string,
): Promise<StoredStory | null> {
  const incident = await reader.getIncident(EVERYTHING, reference);
  if (incident === null) return null;
  const timeline = await reader.timeline(EVERYTHING, incident.id);
  const findings = await reader.listFindings(EVERYTHING, incident.id);
  return {
    incident,
    timeline,
    processes: buildProcessTree(findings),
    ruleTitles: new Map(incident.rules.map(({ ruleId, title }) => [ruleId, title])),
    incidentNames: await nameLinks(reader, incident),
    runbook: gravestRunbook(findings),
    coverage: await reader.incidentCoverage(EVERYTHING, incident.id),
  };
}

async function nameLinks(
  reader: StoreReader,
  { links }: StoredIncident,
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for (const { incidentId } of links.slice(0, NAMED_LINKS_MAX)) {
    const linked = await reader.getIncident(EVERYTHING, incidentId);
    if (linked !== null) names.set(incidentId, `INC-${linked.number}`);
  }
  return names;
}

/** The questions of the most severe finding, of those the earliest, that has any. */
export function gravestRunbook(
  findings: readonly Pick<Finding, 'level' | 'runbook'>[],
): readonly string[] {
  // Findings come in order of time, and the sort keeps it among equals.
  const byLevel = findings.toSorted((a, b) => levelRank(b.level) - levelRank(a.level));
  return byLevel.find(({ runbook }) => runbook.length > 0)?.runbook ?? [];
}
