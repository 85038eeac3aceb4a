import { formatTime, formatTimeOrNull } from '../lib/format-time.ts';
import type { ProcessTreeNode } from '../lib/process-tree.ts';
import type { Finding } from '../model/finding.ts';
import type { ProcessNode } from '../model/lineage.ts';
import { type JoinReason, PROCESS_JOINS } from '../model/process-join.ts';
import type { FindingJson, TreeBody } from './schemas/incident-parts.ts';

/** A finding as people and tools read it. */
export function presentFinding(finding: Finding): FindingJson {
  return {
    id: finding.id,
    kind: finding.kind,
    rule: finding.ruleId,
    title: finding.title,
    level: finding.level,
    time: formatTime(finding.time),
    late: finding.late,
    sentence: finding.sentence,
    where: finding.where,
    tactics: [...finding.tactics],
    techniques: [...finding.techniques],
    eventIds: finding.events.map((link) => link.eventId),
    evidence: finding.evidence.map((link) => ({ findingId: link.findingId, rule: link.ruleId })),
    groupKey: finding.groupKey,
    process: finding.process === null ? null : presentProcess(finding.process),
    ancestors: finding.ancestors.map(presentProcess),
    processJoin: presentJoin(finding.join ?? null),
    file: finding.file,
    runbook: [...finding.runbook],
  };
}

const presentJoin = (reason: JoinReason | null): FindingJson['processJoin'] =>
  reason === null ? null : { ...PROCESS_JOINS[reason] };

const presentProcess = (process: ProcessNode): NonNullable<FindingJson['process']> => ({
  ...process,
  startTime: formatTimeOrNull(process.startTime),
});

/** A process tree with readable times. Its depth is bounded where it is built. */
export function presentTree(node: ProcessTreeNode): TreeBody {
  return {
    entityId: node.entityId,
    pid: node.pid,
    binary: node.binary,
    arguments: node.arguments,
    cwd: node.cwd,
    uid: node.uid,
    startTime: formatTimeOrNull(node.startTime),
    findings: node.findings.map(({ id, ruleId, title, level, time, sentence }) => {
      return { id, rule: ruleId, title, level, time: formatTime(time), sentence };
    }),
    children: node.children.map(presentTree),
  };
}
