import type { ScoreReason } from '../model/incident.ts';
import type { Level } from '../model/level.ts';

const RISK_MAX = 100;
const POINTS_PER_TACTIC = 5;
const TACTICS_POINTS_MAX = 20;
const CORRELATION_POINTS = 5;

const BASE_POINTS: Readonly<Record<Level, number>> = {
  informational: 5,
  low: 20,
  medium: 40,
  high: 60,
  critical: 85,
};

export interface ScoreInput {
  /** Highest level of any finding. */
  readonly level: Level;
  readonly leadTitle: string;
  readonly tactics: readonly string[];
  /** Titles of correlation findings, the most important first; empty if there are none. */
  readonly connectedBy: readonly string[];
}

export interface Score {
  /** 0 to 100: the sum of the reasons' points. */
  readonly risk: number;
  readonly severity: Level;
  readonly reasons: readonly ScoreReason[];
}

/** Adds up what makes an incident urgent. Every point has its reason and its sentence. */
export function scoreOf(input: ScoreInput): Score {
  const reasons: ScoreReason[] = [levelReason(input)];
  let risk = BASE_POINTS[input.level];
  for (const reason of [tacticsReason(input.tactics), correlationReason(input.connectedBy)]) {
    if (reason === null) continue;
    const fitting = clip(reason, RISK_MAX - risk);
    reasons.push(fitting);
    risk += fitting.points;
  }
  return { risk, severity: severityOf(risk), reasons };
}

/** The severity that a risk of 0 to 100 stands for. */
export function severityOf(risk: number): Level {
  if (risk < 10) return 'informational';
  if (risk < 30) return 'low';
  if (risk < 55) return 'medium';
  return risk < 80 ? 'high' : 'critical';
}

function levelReason({ level, leadTitle }: ScoreInput): ScoreReason {
  return {
    code: 'level',
    field: 'level',
    points: BASE_POINTS[level],
    sentence: `The most severe finding, "${leadTitle}", is of level ${level}.`,
  };
}

function tacticsReason(tactics: readonly string[]): ScoreReason | null {
  if (tactics.length < 2) return null;
  return {
    code: 'tactics',
    field: 'tactics',
    points: Math.min((tactics.length - 1) * POINTS_PER_TACTIC, TACTICS_POINTS_MAX),
    sentence:
      `The findings show ${tactics.length} ATT&CK tactics (${tactics.join(', ')}); ` +
      `each beyond the first adds ${POINTS_PER_TACTIC} points, at most ${TACTICS_POINTS_MAX}.`,
  };
}

function correlationReason(connectedBy: readonly string[]): ScoreReason | null {
  if (connectedBy.length === 0) return null;
  return {
    code: 'correlation',
    field: 'kind',
    points: CORRELATION_POINTS,
    sentence:
      connectedBy.length === 1
        ? `The correlation "${connectedBy[0]}" connected several findings.`
        : `The correlations ${quotedList(connectedBy)} connected several findings.`,
  };
}

function quotedList(titles: readonly string[]): string {
  const quoted = titles.map((title) => `"${title}"`);
  return `${quoted.slice(0, -1).join(', ')} and ${quoted.at(-1) ?? ''}`;
}

function clip(reason: ScoreReason, room: number): ScoreReason {
  if (reason.points <= room) return reason;
  const counted =
    room === 0 ? 'this adds nothing more' : `this adds ${room} instead of ${reason.points}`;
  const sentence = `${reason.sentence} Risk ends at ${RISK_MAX}, so ${counted}.`;
  return { ...reason, points: room, sentence };
}
