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
    binary: programOf(facts),
    arguments: facts.arguments,
    cwd: facts.cwd,
    uid: facts.uid,
    startTime: facts.startTime,
  };
}

/**
 * The executable, else the program as the command line names it. Rules never see the latter as
 * `Image`, which is a path; people would rather read it than arguments without a program.
 */
function programOf({ binary, commandLine, arguments: args }: ProcessFacts): string {
  if (binary !== '') return binary;
  const hasArguments = args !== '' && commandLine.endsWith(` ${args}`);
  return hasArguments ? commandLine.slice(0, -args.length - 1) : commandLine;
}

/** Without pid and start time a process can not be recognized again: it stands for its event alone. */
function entityId(event: SecurityEvent, facts: ProcessFacts): string {
  if (facts.execId !== null) return facts.execId;
  if (facts.pid === null || facts.startTime === null) return stableId(['process', event.id]);
  return stableId(['process', event.node, String(facts.pid), String(facts.startTime)]);
}
