import type { CoreSettings } from '../model/observation.ts';

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
