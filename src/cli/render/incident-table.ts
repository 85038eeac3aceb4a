import Table from 'cli-table3';
import { visibleText } from '../../lib/visible-text.ts';
import type { Level } from '../../model/level.ts';
import type { Micros } from '../../model/micros.ts';
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

const HEAD = ['No.', 'Severity', 'Risk', 'Title', 'Where', 'First (UTC)', 'Last (UTC)', 'Events'];
/** What all columns but title, where and tactics take, borders and padding included. */
const FIXED_CHARS = 92;
const TITLE_CHARS_MIN = 24;
const TITLE_SHARE = 0.45;

/** Incidents as a table, one line each; long titles and places are cut to the width. */
export function renderIncidentTable(
  incidents: readonly IncidentRow[],
  options: TableOptions,
): string {
  if (incidents.length === 0) return 'No incidents.';
  const painter = options.painter ?? plainPainter;
  const free = Math.max(options.columns - FIXED_CHARS, 2 * TITLE_CHARS_MIN);
  const titleChars = Math.max(TITLE_CHARS_MIN, Math.floor(free * TITLE_SHARE));
  const whereChars = Math.max(TITLE_CHARS_MIN, Math.floor((free - titleChars) / 2));
  const tacticsChars = Math.max(TITLE_CHARS_MIN, free - titleChars - whereChars);
  const table = new Table({
    head: [...HEAD, 'State', 'Tactics'],
    style: { head: [], border: [], compact: true },
    colAligns: ['right', 'left', 'right', 'left', 'left', 'left', 'left', 'right', 'left', 'left'],
  });
  for (const incident of incidents) {
    table.push([
      String(incident.number),
      paintLevel(incident.severity, painter),
      String(incident.risk),
      visibleText(incident.title, titleChars),
      visibleText(incident.where, whereChars),
      shortTime(incident.firstTime),
      shortTime(incident.lastTime),
      String(incident.eventCount),
      incident.state,
      visibleText(incident.tactics.join(', '), tacticsChars),
    ]);
  }
  return table.toString();
}
