import { visibleText } from '../../lib/visible-text.ts';
import type { Where } from '../../model/finding.ts';
import type { StoredIncident, TimelineEntry } from '../../store/ports.ts';
import { paintLevel, plainPainter, type Painter } from './level-paint.ts';
import { processTreeLines, type ReportedProcess } from './process-tree-text.ts';
import { clockTime, dayOf, shortTime } from './short-time.ts';

/** What the report needs of an incident; one of a database and one of the API both have it. */
export interface ReportedIncident extends Pick<
  StoredIncident,
  | 'id'
  | 'number'
  | 'title'
  | 'severity'
  | 'risk'
  | 'state'
  | 'verdict'
  | 'where'
  | 'firstTime'
  | 'lastTime'
  | 'eventCount'
  | 'findingCount'
  | 'tactics'
  | 'techniques'
> {
  readonly entity: { readonly label: string };
  readonly sensors: readonly string[];
  readonly reasons: readonly {
    readonly code: string;
    readonly field: string;
    readonly points: number;
    readonly sentence: string;
  }[];
  readonly links: readonly { readonly incidentId: string; readonly reason: string }[];
}

export type ReportedEntry = Pick<TimelineEntry, 'at' | 'kind' | 'sentence' | 'level' | 'count'>;

/** Everything one incident is told with. */
export interface IncidentStory {
  readonly incident: ReportedIncident;
  readonly timeline: readonly ReportedEntry[];
  readonly processes: readonly ReportedProcess[];
}

const SENTENCE_CHARS = 240;
const LEVEL_CHARS = 'informational'.length;

/** One incident in full, as text: what, where, why it was raised, what happened, which processes. */
export function renderIncidentReport(
  story: IncidentStory,
  painter: Painter = plainPainter,
): string {
  const { incident } = story;
  return [
    ...headLines(incident, painter),
    '',
    painter('Why it was raised', 'bold'),
    ...reasonLines(incident),
    '',
    painter('What happened', 'bold'),
    ...timelineLines(story, painter),
    '',
    painter('Processes', 'bold'),
    ...processLines(story, painter),
  ].join('\n');
}

function headLines(incident: ReportedIncident, painter: Painter): string[] {
  const severity = paintLevel(incident.severity, painter);
  const verdict = incident.verdict === null ? '' : `, verdict ${incident.verdict}`;
  const tactics = incident.tactics.join(', ') || 'none named';
  const techniques = incident.techniques.join(', ') || 'none named';
  return [
    painter(`INC-${incident.number}  ${visibleText(incident.title)}`, 'bold'),
    `  ${severity}, risk ${incident.risk} of 100, ${incident.state}${verdict}`,
    `  Where       ${visibleText(placeText(incident))}`,
    `  When        ${shortTime(incident.firstTime)} to ${shortTime(incident.lastTime)} UTC`,
    `  Evidence    ${countText(incident.eventCount, 'event')}, ${countText(incident.findingCount, 'finding')}, seen by ${incident.sensors.join(' and ')}`,
    `  Tactics     ${visibleText(tactics)}`,
    `  Techniques  ${visibleText(techniques)}`,
    `  Id          ${incident.id}`,
    ...incident.links.map((link) => `  Linked      ${link.reason} ${link.incidentId}`),
  ];
}

/** `namespace/pod, container web, node worker-1`, as far as known. */
function placeText(incident: ReportedIncident): string {
  const { where, entity } = incident;
  const parts = [entity.label, ...placeParts(where)];
  return parts.join(', ');
}

function placeParts(where: Where): string[] {
  const known: readonly (readonly [string, string | null])[] = [
    ['workload', where.workload],
    ['container', where.container],
    ['node', where.node],
  ];
  return known.flatMap(([name, value]) => (value === null ? [] : [`${name} ${value}`]));
}

const countText = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? '' : 's'}`;

function reasonLines(incident: ReportedIncident): string[] {
  if (incident.reasons.length === 0) return ['  No reasons were recorded.'];
  return incident.reasons.map((reason) => {
    const points = `${reason.points < 0 ? '' : '+'}${reason.points}`.padStart(5);
    const sentence = visibleText(reason.sentence, SENTENCE_CHARS);
    return `${points}  ${sentence}  (${reason.code}, from ${visibleText(reason.field)})`;
  });
}

function timelineLines(story: IncidentStory, painter: Painter): string[] {
  if (story.timeline.length === 0) return ['  Nothing was recorded.'];
  const day = dayOf(story.incident.firstTime);
  const entries = withoutEchoes(story.timeline).map((entry) => {
    const clock = clockTime(entry.at, day);
    const word = entry.level ?? entry.kind;
    const padding = ' '.repeat(Math.max(0, LEVEL_CHARS - word.length));
    const painted = entry.level === null ? entry.kind : paintLevel(entry.level, painter);
    const times = entry.count > 1 ? `  (${entry.count} times)` : '';
    return `  ${clock}  ${painted}${padding}  ${visibleText(entry.sentence, SENTENCE_CHARS)}${times}`;
  });
  return [`  ${painter(day, 'gray')}`, ...entries];
}

/** A change quotes the finding that caused it; where that stands beside it, once is enough. */
function withoutEchoes(timeline: readonly ReportedEntry[]): readonly ReportedEntry[] {
  const said = new Set<string>();
  for (const { at, kind, sentence } of timeline)
    if (kind === 'finding') said.add(`${at} ${sentence}`);
  return timeline.map((entry) => {
    if (entry.kind !== 'change') return entry;
    const colon = entry.sentence.indexOf('): ');
    if (colon === -1 || !said.has(`${entry.at} ${entry.sentence.slice(colon + 3)}`)) return entry;
    return { ...entry, sentence: entry.sentence.slice(0, colon + 1) };
  });
}

function processLines(story: IncidentStory, painter: Painter): string[] {
  const lines = processTreeLines(story.processes, painter);
  return lines.length === 0 ? ['  No process is known.'] : lines.map((line) => `  ${line}`);
}
