import type { Static } from 'typebox';
import type { ArrivalsReport, JudgedReport, NodeReport } from '../doctor/arrivals-report.ts';
import { REJECTION_ADVICE, SKIP_MEANING } from '../doctor/check-intake.ts';
import { diagnose } from '../doctor/diagnose.ts';
import { formatTime, formatTimeOrNull } from '../lib/format-time.ts';
import { MICROS_PER_MS } from '../model/micros.ts';
import { type JoinReason, PROCESS_JOINS, type ProcessJoinTier } from '../model/process-join.ts';
import type { LiveFile } from './context.ts';
import { presentFiles } from './present-status.ts';
import type { DoctorBody } from './schemas/doctor.ts';

type Body = Static<typeof DoctorBody>;

/** What is known beside what arrived. */
export interface DoctorSurroundings {
  /** Coverage gaps of the last hour; null if nobody knows. */
  readonly gapsLastHour: number | null;
  readonly files: readonly LiveFile[];
}

/** What arrived and what it means, as the API and the command line show it. */
export function presentDoctor(report: ArrivalsReport, around: DoctorSurroundings): Body {
  const { rules, refusedRequests } = report;
  return {
    since: formatTime(report.since),
    now: formatTime(report.now),
    checks: diagnose(report, around).map(({ level, code, sentence, advice, lines }) => {
      return { level, code, sentence, advice: [...advice], lines: [...lines] };
    }),
    gapsLastHour: around.gapsLastHour,
    ...presentFiles(around.files),
    sensors: report.sensors.map(presentSensor),
    nodes: report.nodes.map(presentNode),
    nodesTotal: report.nodesTotal,
    rejected: report.rejected.map(({ code, count, detail, lastAt }) => {
      return { code, count, detail, lastAt: formatTime(lastAt), advice: REJECTION_ADVICE[code] };
    }),
    skipped: report.skipped.map(({ reason, count }) => {
      return { reason, count, meaning: SKIP_MEANING[reason] };
    }),
    refusedRequests:
      refusedRequests?.map(({ status, count, lastAt }) => {
        return { status, count, lastAt: formatTime(lastAt) };
      }) ?? null,
    rules: {
      total: rules.total,
      blind: rules.blind.map(({ ruleId, title, level, path, reason, missing, policies }) => {
        return {
          rule: ruleId,
          title,
          level,
          path,
          reason,
          missing: [...missing],
          policies: [...policies],
        };
      }),
    },
  };
}

function presentSensor(report: ArrivalsReport['sensors'][number]): Body['sensors'][number] {
  const { newest, lastReceivedAt, versions, kinds, judged, alertFields, ...counts } = report;
  return {
    ...counts,
    versions: versions.map(({ version, nodes }) => ({ version, nodes })),
    kinds: { ...kinds },
    newest: formatTimeOrNull(newest),
    lastReceivedAt: formatTimeOrNull(lastReceivedAt),
    judged: { ...judged, joins: byTier(judged.joins) },
    alertFields: { ...alertFields },
  };
}

function byTier(joins: JudgedReport['joins']): Partial<Record<ProcessJoinTier, number>> {
  const tiers: Partial<Record<ProcessJoinTier, number>> = {};
  for (const [reason, count] of Object.entries(joins) as [JoinReason, number][]) {
    const { tier } = PROCESS_JOINS[reason];
    tiers[tier] = (tiers[tier] ?? 0) + count;
  }
  return tiers;
}

function presentNode(report: NodeReport): Body['nodes'][number] {
  const { newest, lastReceivedAt, delayMin, delayMax, alertFields: _fields, ...rest } = report;
  return {
    ...rest,
    newest: formatTimeOrNull(newest),
    lastReceivedAt: formatTime(lastReceivedAt),
    delayMinMs: delayMin / MICROS_PER_MS,
    delayMaxMs: delayMax / MICROS_PER_MS,
  };
}
