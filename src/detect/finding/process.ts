import type { Enrichment } from '../../model/batch.ts';
import type { ProcessNode } from '../../model/lineage.ts';
import type { ProcessFacts, SecurityEvent } from '../../model/security-event.ts';
import { stableId } from '../../lib/stable-id.ts';

/** The process an event belongs to: as the lineage knows it, else as the event alone tells. */
export function processOf(event: SecurityEvent, enrichment: Enrichment | null): ProcessNode | null {
  const known = enrichment?.lineage?.process;
  if (known !== undefined) return known;
  const facts = event.process;
  if (facts === null || (facts.binary === '' && facts.commandLine === '')) return null;
  return {
    entityId: entityId(event, facts),
    parentEntityId: facts.parentExecId,
    pid: facts.pid,
    binary: facts.binary,
    arguments: facts.arguments,
    cwd: facts.cwd,
    uid: facts.uid,
    startTime: facts.startTime,
  };
}

/** Without pid and start time a process can not be recognized again: it stands for its event alone. */
function entityId(event: SecurityEvent, facts: ProcessFacts): string {
  if (facts.execId !== null) return facts.execId;
  if (facts.pid === null || facts.startTime === null) return stableId(['process', event.id]);
  return stableId(['process', event.node, String(facts.pid), String(facts.startTime)]);
}
