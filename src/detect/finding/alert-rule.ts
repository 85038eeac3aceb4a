import type { Level } from '../../model/level.ts';
import type { AlertFacts } from '../../model/security-event.ts';
import { attackOfTags, type Attack } from '../../lib/sigma/attack-tags.ts';
import type { FalcoLevel } from '../../lib/sigma/falco-levels.ts';
import type { FindingRule } from './event-finding.ts';

const LEVEL_OF_PRIORITY: ReadonlyMap<string, Level> = new Map([
  ['emergency', 'critical'],
  ['alert', 'critical'],
  ['critical', 'critical'],
  ['error', 'high'],
  ['warning', 'medium'],
  ['notice', 'low'],
  ['informational', 'informational'],
  ['debug', 'informational'],
]);
const LEVEL_UNKNOWN: Level = 'medium';

/** A Falco alert is itself a finding, of the rule `falco/<its name>`. */
export function alertRule(alert: AlertFacts, levels: ReadonlyMap<string, FalcoLevel>): FindingRule {
  const known = levels.get(alert.rule);
  const attack = attackOfTags(alert.tags);
  return {
    kind: 'alert',
    ruleId: `falco/${alert.rule}`,
    title: alert.rule,
    level: known?.level ?? LEVEL_OF_PRIORITY.get(alert.priority) ?? LEVEL_UNKNOWN,
    attack: known === undefined ? attack : joinAttack(attack, known.attack),
    runbook: known?.runbook ?? [],
  };
}

function joinAttack(left: Attack, right: Attack): Attack {
  return {
    tactics: [...new Set([...left.tactics, ...right.tactics])].toSorted(),
    techniques: [...new Set([...left.techniques, ...right.techniques])].toSorted(),
  };
}
