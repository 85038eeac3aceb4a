import { visibleText } from '../../lib/visible-text.ts';
import type { Where } from '../../model/finding.ts';
import type { StoredIncident } from '../../store/ports.ts';
import { gapLines, type ReportedGap } from './gap-lines.ts';
import { paintLevel, plainPainter, type Painter } from './level-paint.ts';
import { processTreeLines, type ReportedProcess } from './process-tree-text.ts';
import { shortTime } from './short-time.ts';
import { type ReportedEntry, timelineLines } from './story-timeline.ts';

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

/** Everything one incident is told with. */
export interface IncidentStory {
  readonly incident: ReportedIncident;
  readonly timeline: readonly ReportedEntry[];
  readonly processes: readonly ReportedProcess[];
  /** Titles of its rules by their ids. */
  readonly ruleTitles: ReadonlyMap<string, string>;
  /** `INC-3` by the ids of the incidents that are linked, as far as they may be seen. */
  readonly incidentNames: ReadonlyMap<string, string>;
  /** Questions of the rule of its most severe finding; empty if it has none. */
  readonly runbook: readonly string[];
  /** When its nodes were not fully seen. */
  readonly coverage: readonly ReportedGap[];
}

export interface ReportOptions {
  readonly painter?: Painter;
  /** On a terminal long sentences are cut; a file or a pipe gets them whole. */
  readonly isTerminal?: boolean;
}

interface Style {
  readonly painter: Painter;
  readonly charsMax: number;
}

const SENTENCE_CHARS = 240;

/** One incident in full, as text: what, where, why it was raised, what happened, which processes. */
export function renderIncidentReport(
  story: IncidentStory,
  { painter = plainPainter, isTerminal = false }: ReportOptions = {},
): string {
  const style = { painter, charsMax: isTerminal ? SENTENCE_CHARS : Number.MAX_SAFE_INTEGER };
  return [
    ...headLines(story, painter),
    '',
    painter('Why it was raised', 'bold'),
    ...reasonLines(story.incident, style),
    ...runbookLines(story, style),
    '',
    painter('What happened', 'bold'),
    ...happeningLines(story, style),
    '',
    painter('Processes', 'bold'),
    ...processLines(story, painter),
    '',
    painter('What may be missing', 'bold'),
    ...gapLines(story.coverage, style.charsMax),
  ].join('\n');
}

function headLines({ incident, incidentNames }: IncidentStory, painter: Painter): string[] {
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
    ...incident.links.map(
      ({ reason, incidentId }) =>
        `  Linked      ${reason} ${incidentNames.get(incidentId) ?? incidentId}`,
    ),
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

function reasonLines(incident: ReportedIncident, { charsMax }: Style): string[] {
  if (incident.reasons.length === 0) return ['  No reasons were recorded.'];
  return incident.reasons.map((reason) => {
    const points = `${reason.points < 0 ? '' : '+'}${reason.points}`.padStart(5);
    const sentence = visibleText(reason.sentence, charsMax);
    return `${points}  ${sentence}  (${reason.code}, from ${visibleText(reason.field)})`;
  });
}

function runbookLines({ runbook }: IncidentStory, { painter, charsMax }: Style): string[] {
  if (runbook.length === 0) return [];
  const questions = runbook.map((question) => `  ${visibleText(question, charsMax)}`);
  return ['', painter('What to look at first', 'bold'), ...questions];
}

function happeningLines(story: IncidentStory, { painter, charsMax }: Style): readonly string[] {
  const { timeline, ruleTitles, incident } = story;
  if (timeline.length === 0) return ['  Nothing was recorded.'];
  const { firstTime, id, number } = incident;
  const incidentNames = new Map([...story.incidentNames, [id, `INC-${number}`]]);
  const words = { firstTime, ruleTitles, incidentNames, sentenceCharsMax: charsMax, painter };
  return timelineLines(timeline, words);
}

function processLines(story: IncidentStory, painter: Painter): string[] {
  const lines = processTreeLines(story.processes, painter);
  return lines.length === 0 ? ['  No process is known.'] : lines.map((line) => `  ${line}`);
}
