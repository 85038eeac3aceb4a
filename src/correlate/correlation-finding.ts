import type { EventLink, Finding, FindingLink } from '../model/finding.ts';
import { MICROS_PER_SECOND, type Micros } from '../model/micros.ts';
import { CONTAINER_PREFIX_DIGITS } from '../lib/entity-keys.ts';
import { stableId } from '../lib/stable-id.ts';
import { visibleText } from '../lib/visible-text.ts';
import type { CorrelationRule } from './correlation-rule.ts';
import type { Entry } from './entry.ts';
import type { Group } from './group.ts';

export interface Match {
  readonly rule: CorrelationRule;
  readonly group: Group;
  /** What the match stands on, in order. */
  readonly evidence: readonly Entry[];
  /** The entry that made the condition true; the last of the evidence, unless a late one came before. */
  readonly completing: Entry;
  /** Whether the entry that was just taken came late. */
  readonly late: boolean;
}

const LINKS_MAX = 20;
/** Of more links than that these many stay in front, the rest at the end. */
const LINKS_FRONT = 5;
const TITLES_MAX = 6;

/** The finding of a match. Its id follows from rule, group and the finding that completed it. */
export function correlationFinding(match: Match): Finding {
  const { rule, group, completing } = match;
  const { document } = rule;
  const findings = match.evidence.flatMap((entry, step) => findingsOf(rule, entry, step));
  const last = lastOf(findings);
  const place = placesOf(findings);
  return {
    id: stableId(['match', document.ruleId, group.key, last.id]),
    kind: 'correlation',
    ruleId: document.ruleId,
    title: document.title,
    level: document.level,
    time: last.time,
    orderTime: completing.time,
    orderNanos: completing.nanos,
    late: match.late,
    entity: {
      kind: 'correlation',
      key: `correlation:${last.where.cluster}/${document.ruleId}/${stableId([group.key])}`,
      label: `${document.title}: ${place}`,
    },
    where: last.where,
    tactics: ownOrBase(
      document.attack.tactics,
      findings.map(({ tactics }) => tactics),
    ),
    techniques: ownOrBase(
      document.attack.techniques,
      findings.map(({ techniques }) => techniques),
    ),
    events: middleOut(eventLinks(findings)),
    evidence: middleOut(distinctLinks(findings.flatMap(linksOf))),
    process: last.process,
    ancestors: last.ancestors,
    file: last.file,
    sentence: sentenceOf(match, findings, place),
    merge: document.extension.merge,
    join: last.join ?? null,
    groupKey: group.label === '' ? document.title : `${document.title}: ${group.label}`,
    runbook: document.extension.runbook,
  };
}

/** An event may match several rules of a sequence; in it only the one of its step counts. */
function findingsOf(rule: CorrelationRule, entry: Entry, step: number): readonly Finding[] {
  if (rule.type !== 'temporal_ordered') return entry.findings;
  return entry.findings.filter(({ ruleId }) => rule.bitOf.get(ruleId) === step);
}

function lastOf(findings: readonly Finding[]): Finding {
  const finding = findings.at(-1);
  if (finding === undefined) throw new Error('Invariant broken: an entry has no finding');
  return finding;
}

/** The findings of events behind a finding: itself, or what an inner correlation stands on. */
function linksOf(finding: Finding): readonly FindingLink[] {
  if (finding.kind === 'correlation') return finding.evidence;
  const { id, ruleId, entity, time } = finding;
  return [{ findingId: id, ruleId, entityKey: entity.key, time }];
}

/** The events of all findings, each once, the completing one last. */
function eventLinks(findings: readonly Finding[]): EventLink[] {
  const links = new Map<string, EventLink>();
  for (const finding of findings) {
    for (const link of finding.events) {
      links.delete(link.eventId);
      links.set(link.eventId, link);
    }
  }
  return [...links.values()];
}

function distinctLinks(links: readonly FindingLink[]): readonly FindingLink[] {
  return [...new Map(links.map((link) => [link.findingId, link])).values()];
}

function middleOut<Link>(links: readonly Link[]): readonly Link[] {
  if (links.length <= LINKS_MAX) return links;
  return [...links.slice(0, LINKS_FRONT), ...links.slice(LINKS_FRONT - LINKS_MAX)];
}

function ownOrBase(
  own: readonly string[],
  base: readonly (readonly string[])[],
): readonly string[] {
  return own.length > 0 ? own : [...new Set(base.flat())].toSorted();
}

/** Where it happened: from the first place to the last, if they differ. */
function placesOf(findings: readonly Finding[]): string {
  const labels = [...new Set(findings.map(placeOf))];
  return labels.length <= 1 ? (labels[0] ?? '') : `${labels[0]} to ${labels.at(-1)}`;
}

function placeOf({ entity, where }: Finding): string {
  if (entity.kind !== 'correlation') return entity.label;
  if (where.namespace !== null && where.pod !== null) return `${where.namespace}/${where.pod}`;
  return where.containerId?.slice(0, CONTAINER_PREFIX_DIGITS) ?? where.node ?? '';
}

function sentenceOf(
  { rule, evidence }: Match,
  findings: readonly Finding[],
  place: string,
): string {
  const first = evidence[0]?.time ?? 0;
  const span = (evidence.at(-1)?.time ?? first) - first;
  const where = `${describeSpan(span)}in ${visibleText(place)}`;
  const titles = [...new Set(findings.map(({ title }) => title))];
  const shown = titles.slice(0, TITLES_MAX).map((title) => `"${visibleText(title)}"`);
  const more = titles.length > shown.length ? ` and ${titles.length - shown.length} more` : '';
  if (rule.type === 'temporal_ordered') return `${shown.join(', then ')}${more} ${where}`;
  if (rule.type === 'temporal') return `${shown.join(' and ')}${more} ${where}`;
  return `${describeCount(rule, evidence.length)} of ${shown.join(', ')}${more} ${where}`;
}

function describeCount({ type }: CorrelationRule, count: number): string {
  const noun = type === 'value_count' ? 'different value' : 'event';
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function describeSpan(micros: Micros): string {
  if (micros === 0) return '';
  const seconds = micros / MICROS_PER_SECOND;
  if (seconds >= 120) return `within ${Math.round(seconds / 60)} min `;
  const rounded = seconds < 10 ? Math.round(seconds * 10) / 10 : Math.round(seconds);
  return `within ${rounded} s `;
}
