import type { Enrichment, Step } from '../../model/batch.ts';
import type { Finding, FindingKind } from '../../model/finding.ts';
import type { Level } from '../../model/level.ts';
import type { Attack } from '../../lib/sigma/attack-tags.ts';
import { stableId } from '../../lib/stable-id.ts';
import type { Place } from './places.ts';
import { processOf } from './process.ts';
import { sentenceOf } from './sentence.ts';

/** What a rule gives to each of its findings. */
export interface FindingRule {
  readonly kind: Exclude<FindingKind, 'correlation'>;
  readonly ruleId: string;
  readonly title: string;
  readonly level: Level;
  readonly attack: Attack;
  readonly runbook: readonly string[];
}

/** Where and in which process an event happened, as far as known. */
export interface Surroundings {
  readonly enrichment: Enrichment | null;
  readonly place: Place;
}

const NO_ANCESTORS: Finding['ancestors'] = [];
const NO_EVIDENCE: Finding['evidence'] = [];

/** Makes the finding of one rule in one event. Its id depends on nothing but those two. */
export function makeFinding(
  rule: FindingRule,
  step: Extract<Step, { kind: 'event' }>,
  { enrichment, place }: Surroundings,
): Finding {
  const { event, late } = step;
  return {
    id: stableId(['finding', rule.ruleId, event.id]),
    kind: rule.kind,
    ruleId: rule.ruleId,
    title: rule.title,
    level: rule.level,
    time: event.time,
    orderTime: event.orderTime,
    orderNanos: event.orderNanos,
    late,
    entity: place.entity,
    where: place.where,
    tactics: rule.attack.tactics,
    techniques: rule.attack.techniques,
    events: [{ eventId: event.id, time: event.time, journal: event.journal }],
    evidence: NO_EVIDENCE,
    process: processOf(event, enrichment),
    ancestors: enrichment?.lineage?.ancestors ?? NO_ANCESTORS,
    join: enrichment?.join?.reason ?? null,
    file: event.file,
    sentence: sentenceOf(event, enrichment, place.words),
    merge: false,
    groupKey: null,
    runbook: rule.runbook,
  };
}
