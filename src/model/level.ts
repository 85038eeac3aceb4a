/** Severity of a rule, a finding or an incident: Sigma's five levels, lowest first. */
export const LEVELS = ['informational', 'low', 'medium', 'high', 'critical'] as const;

export type Level = (typeof LEVELS)[number];

/** 0 for informational up to 4 for critical. */
export const levelRank = (level: Level): number => LEVELS.indexOf(level);
