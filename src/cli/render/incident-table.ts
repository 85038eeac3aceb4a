import Table from 'cli-table3';
import { visibleText } from '../../lib/visible-text.ts';
import type { Level } from '../../model/level.ts';
import type { Micros } from '../../model/micros.ts';
import { fitWidths } from './fit-widths.ts';
import { paintLevel, plainPainter, type Painter } from './level-paint.ts';
import { shortTime } from './short-time.ts';

/** What the table needs of an incident, whoever knows it. */
export interface IncidentRow {
  readonly number: number;
  readonly severity: Level;
  readonly risk: number;
  readonly state: string;
  readonly title: string;
  readonly where: string;
  readonly firstTime: Micros;
  readonly lastTime: Micros;
  readonly eventCount: number;
  readonly tactics: readonly string[];
}

export interface TableOptions {
  /** Width of the terminal in characters. */
  readonly columns: number;
  readonly painter?: Painter;
}

const HEAD = [
  'No.',
  'Severity',
  'Risk',
  'Title',
  'Where',
  'First (UTC)',
  'Last',
  'Events',
  'State',
  'Tactics',
] as const;
const NUMBERS: ReadonlySet<string> = new Set(['No.', 'Risk', 'Events']);
/** Places of the columns that give way when the terminal is narrow. */
const FLEXIBLE = [3, 4, 9] as const;
const FLEXIBLE_CHARS_MIN = 48;
/** A border and two blanks for each column. */
const FRAME_CHARS = HEAD.length * 3 + 1;
const CELL_CHARS_MAX = 200;

/** Incidents as a table, one line each. What does not fit into the width is cut with an ellipsis. */
export function renderIncidentTable(
  incidents: readonly IncidentRow[],
  options: TableOptions,
): string {
  if (incidents.length === 0) return 'No incidents.';
  const painter = options.painter ?? plainPainter;
  const cells = incidents.map(cellsOf);
  const widths = columnWidths([HEAD, ...cells], options.columns);
  const table = new Table({
    head: [...HEAD],
    style: { head: [], border: [], compact: true },
    colAligns: HEAD.map((name) => (NUMBERS.has(name) ? 'right' : 'left')),
  });
  for (const [index, incident] of incidents.entries()) {
    const row = (cells[index] ?? []).map((cell, column) => visibleText(cell, widths[column]));
    // Painted after cutting, so that no color code is cut through.
    row[1] = paintLevel(incident.severity, painter);
    table.push(row);
  }
  return table.toString();
}

const cellsOf = (incident: IncidentRow): readonly string[] => [
  String(incident.number),
  incident.severity,
  String(incident.risk),
  visibleText(titleWithoutPlace(incident), CELL_CHARS_MAX),
  visibleText(incident.where, CELL_CHARS_MAX),
  shortTime(incident.firstTime),
  lastText(incident),
  String(incident.eventCount),
  incident.state,
  visibleText(incident.tactics.join(', '), CELL_CHARS_MAX),
];

/** A title ends with its place, which has a column of its own here. */
function titleWithoutPlace({ title, where }: IncidentRow): string {
  const ending = ` in ${where}`;
  return title.endsWith(ending) ? title.slice(0, -ending.length) : title;
}

/** The day is left out where it is that of the first time. */
function lastText({ firstTime, lastTime }: IncidentRow): string {
  const first = shortTime(firstTime);
  const last = shortTime(lastTime);
  return first.slice(0, 10) === last.slice(0, 10) ? last.slice(11) : last;
}

function columnWidths(rows: readonly (readonly string[])[], columns: number): readonly number[] {
  const widths = HEAD.map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  const needs = FLEXIBLE.map((column) => widths[column] ?? 0);
  const fixed = widths.reduce((sum, width) => sum + width, 0) - needs.reduce((a, b) => a + b, 0);
  const available = Math.max(columns - FRAME_CHARS - fixed, FLEXIBLE_CHARS_MIN);
  const fitted = fitWidths(needs, available);
  for (const [index, column] of FLEXIBLE.entries()) widths[column] = fitted[index] ?? 0;
  return widths;
}
