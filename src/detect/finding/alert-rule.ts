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
/** No installation has as many rules; whoever invents names for them finds nothing remembered. */
const REMEMBERED_MAX = 4096;

interface Remembered {
  readonly priority: string;
  readonly tags: readonly string[];
  readonly rule: FindingRule;
}

/**
 * A Falco alert is itself a finding, of the rule `falco/<its name>`. All alerts of a rule have the
 * same priority and tags until somebody edits the rule, so what they say is read once.
 */
export class AlertRules {
  private readonly levels: ReadonlyMap<string, FalcoLevel>;
  private readonly byName = new Map<string, Remembered>();

  constructor(levels: ReadonlyMap<string, FalcoLevel>) {
    this.levels = levels;
  }

  ruleOf(alert: AlertFacts): FindingRule {
    const known = this.byName.get(alert.rule);
    if (known?.priority === alert.priority && areSame(known.tags, alert.tags)) return known.rule;
    const rule = readRule(alert, this.levels);
    if (this.byName.size >= REMEMBERED_MAX) this.byName.clear();
    this.byName.set(alert.rule, { priority: alert.priority, tags: alert.tags, rule });
    return rule;
  }
}

function areSame(left: readonly string[], right: readonly string[]): boolean {
  if (left === right) return true;
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index += 1) {
    if (left[index] !== right[index]) return false;
  }
  return true;
}

function readRule(alert: AlertFacts, levels: ReadonlyMap<string, FalcoLevel>): FindingRule {
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
