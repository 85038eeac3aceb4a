import { visibleText } from '../../lib/visible-text.ts';
import type { Micros } from '../../model/micros.ts';
import type { TimelineEntry } from '../../store/ports.ts';
import { type Painter, paintLevel } from './level-paint.ts';
import { clockTime, dayOf } from './short-time.ts';

export type ReportedEntry = Pick<
  TimelineEntry,
  'at' | 'kind' | 'sentence' | 'level' | 'ruleId' | 'count'
>;

/** What a timeline is told with beside its entries. */
export interface TimelineWords {
  /** When the incident began; its day is not repeated. */
  readonly firstTime: Micros;
  /** Titles of the rules by their ids. */
  readonly ruleTitles: ReadonlyMap<string, string>;
  /** `INC-3` by the ids of the incidents that are linked. */
  readonly incidentNames: ReadonlyMap<string, string>;
  readonly sentenceCharsMax: number;
  readonly painter: Painter;
}

/** One line of the timeline: an entry, or several findings of one deed. */
interface Line {
  readonly entry: ReportedEntry;
  /** How often each rule found it, by title. */
  readonly titles: Map<string, number>;
}

const LEVEL_CHARS = 'informational'.length;
const ID_DIGITS_SHOWN = 8;

/** What happened, a line each: the day first, then the clock, the level and the sentence. */
export function timelineLines(
  timeline: readonly ReportedEntry[],
  words: TimelineWords,
): readonly string[] {
  const day = dayOf(words.firstTime);
  const lines = foldFindings(withoutEchoes(timeline), words).map((line) => {
    const { at, level, kind } = line.entry;
    const word = level ?? kind;
    const padding = ' '.repeat(Math.max(0, LEVEL_CHARS - word.length));
    const painted = level === null ? kind : paintLevel(level, words.painter);
    return `  ${clockTime(at, day)}  ${painted}${padding}  ${textOf(line, words)}`;
  });
  return [`  ${words.painter(day, 'gray')}`, ...lines];
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

/** Several rules that found the same deed share its line, under the highest level of them. */
function foldFindings(
  timeline: readonly ReportedEntry[],
  { ruleTitles }: TimelineWords,
): readonly Line[] {
  const lines: Line[] = [];
  const deeds = new Map<string, Line>();
  for (const entry of timeline) {
    const key = `${entry.at} ${entry.sentence}`;
    const known = entry.kind === 'finding' ? deeds.get(key) : undefined;
    const line = known ?? { entry, titles: new Map<string, number>() };
    if (known === undefined) lines.push(line);
    if (entry.kind !== 'finding') continue;
    // Of one time the most severe finding stands first, so its level is the one of the line.
    deeds.set(key, line);
    const title = entry.ruleId === null ? '' : (ruleTitles.get(entry.ruleId) ?? entry.ruleId);
    if (title !== '') line.titles.set(title, (line.titles.get(title) ?? 0) + entry.count);
  }
  return lines;
}

function textOf({ entry, titles }: Line, words: TimelineWords): string {
  const { kind, count } = entry;
  const told = kind === 'change' ? reworded(entry.sentence, words.incidentNames) : entry.sentence;
  const sentence = visibleText(told, words.sentenceCharsMax);
  if (kind !== 'finding') return sentence;
  const rules = [...titles].flatMap(([title, times]) => {
    // Falco's alerts and correlations name their rule in the sentence.
    if (times === 1 && told.includes(`"${title}"`)) return [];
    return [`${visibleText(title)}${times === 1 ? '' : ` (${times} times)`}`];
  });
  return rules.length === 0 && count > 1
    ? `${sentence}  (${count} times)`
    : [sentence, ...(rules.length === 0 ? [] : [`[${rules.join('; ')}]`])].join('  ');
}

const RULE_ID = /" \((?:[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}|falco\/[^)]*)\)/;
const EVENT_IDS = /connects events? [\da-f]{32}(?: and [\da-f]{32})?/;
const LONG_ID = /\b[\da-f]{32}\b/g;

/**
 * A change in the words of people: the rule by its title alone, incidents by number, and what is
 * left of ids short. Only what Eyrie wrote is changed, never the sentence of an event behind it.
 */
function reworded(sentence: string, incidentNames: ReadonlyMap<string, string>): string {
  const short = (id: string): string => incidentNames.get(id) ?? id.slice(0, ID_DIGITS_SHOWN);
  const quote = sentence.indexOf('"');
  const head = quote === -1 ? sentence : sentence.slice(0, quote);
  const rest = quote === -1 ? '' : sentence.slice(quote);
  const named = head.replace('incident ', (text) =>
    [...incidentNames.keys()].some((id) => head.includes(id)) ? '' : text,
  );
  return (
    named.replace(LONG_ID, short) +
    rest.replace(RULE_ID, '"').replace(EVENT_IDS, (text) => text.replace(LONG_ID, short))
  );
}
