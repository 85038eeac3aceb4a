import { buildProcessTree, type ProcessTreeNode } from '../lib/process-tree.ts';
import type { Scope, StoredIncident, StoreReader, TimelineEntry } from '../store/ports.ts';

/** Whoever can open the file may see all of it. */
export const EVERYTHING: Scope = { clusters: null };

/** An incident with all it is told with, as the database knows it. */
export interface StoredStory {
  readonly incident: StoredIncident;
  readonly timeline: readonly TimelineEntry[];
  readonly processes: readonly ProcessTreeNode[];
}

/** Reads one incident by id, number or name; null if there is none. */
export async function readStory(
  reader: StoreReader,
  reference: string,
): Promise<StoredStory | null> {
  const incident = await reader.getIncident(EVERYTHING, reference);
  if (incident === null) return null;
  const timeline = await reader.timeline(EVERYTHING, incident.id);
  const findings = await reader.listFindings(EVERYTHING, incident.id);
  return { incident, timeline, processes: buildProcessTree(findings) };
}
