import type { CoreSettings } from '../model/observation.ts';
import type { Config } from './config.ts';

const MINUTE_MS = 60_000;

/** What an Eyrie without a configuration file does. */
export const DEFAULT_CORE_SETTINGS: CoreSettings = {
  quietPeriodMs: 30 * MINUTE_MS,
  incidentSpanMaxMs: 24 * 60 * MINUTE_MS,
  reopenWindowMs: 60 * MINUTE_MS,
  revisionHorizonMs: 5 * MINUTE_MS,
  evidencePerRuleMax: 20,
  incidentLevelMin: 'low',
};

/** The part of a configuration that can change an answer; it goes through the journal as a record. */
export function toCoreSettings(config: Config): CoreSettings {
  const { incidents } = config;
  return {
    quietPeriodMs: incidents.quietPeriodMs,
    incidentSpanMaxMs: incidents.spanMaxMs,
    reopenWindowMs: incidents.reopenWindowMs,
    revisionHorizonMs: incidents.revisionHorizonMs,
    evidencePerRuleMax: incidents.evidencePerRuleMax,
    incidentLevelMin: incidents.levelMin,
  };
}
