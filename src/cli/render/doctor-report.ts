import type { Static } from 'typebox';
import type { DoctorBody } from '../../api/schemas/doctor.ts';
import { type CheckLevel, percent } from '../../doctor/check.ts';
import { formatDuration } from '../../lib/format-duration.ts';
import { parseTime } from '../../lib/format-time.ts';
import { visibleText } from '../../lib/visible-text.ts';
import { MICROS_PER_MS } from '../../model/micros.ts';
import { PROCESS_JOIN_TIERS } from '../../model/process-join.ts';
import type { Paint } from '../terminal.ts';
import type { Painter } from './level-paint.ts';
import { shortTime } from './short-time.ts';
import { type Column, textTable } from './text-table.ts';

export type DoctorDocument = Static<typeof DoctorBody>;

export interface DoctorTextOptions {
  readonly painter: Painter;
  /** Where the numbers come from: an address or a file. */
  readonly source: string;
}

const MARKS: Readonly<Record<CheckLevel, readonly [string, Paint]>> = {
  fail: ['✗', 'red'],
  warn: ['!', 'yellow'],
  ok: ['✓', 'green'],
};
const SENTENCE_CHARS_MAX = 600;
const NODES_MAX = 20;
const FILES_MAX = 20;
const RULES_MAX = 20;

/** What arrives, problems first, then the numbers they come from. */
export function renderDoctorReport(body: DoctorDocument, options: DoctorTextOptions): string {
  const blocks = [
    body.checks.flatMap((check) => checkLines(check, options.painter)),
    sinceLines(body, options.source),
    sensorLines(body),
    nodeLines(body),
    fileLines(body),
    notReadLines(body),
    ruleLines(body),
  ];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function checkLines(
  { level, sentence, advice, lines }: DoctorDocument['checks'][number],
  painter: Painter,
): readonly string[] {
  const [mark, paint] = MARKS[level];
  return [
    `${painter(mark, paint)} ${visibleText(sentence, SENTENCE_CHARS_MAX)}`,
    ...advice.map((text) => `    ${visibleText(text, SENTENCE_CHARS_MAX)}`),
    ...lines.map((line) => `        ${line}`),
  ];
}

function sinceLines({ since, now }: DoctorDocument, source: string): readonly string[] {
  const [from, to] = [parseTime(since) ?? 0, parseTime(now) ?? 0];
  return [
    `Counted at ${visibleText(source)} since ${shortTime(from)} UTC, for ${formatDuration(to - from)}:`,
  ];
}

const SENSOR_COLUMNS: readonly Column[] = [
  { head: 'SENSOR' },
  { head: 'EVENTS', isNumber: true },
  { head: 'COPIES', isNumber: true },
  { head: 'LATE', isNumber: true },
  { head: 'NODES', isNumber: true },
  { head: 'VERSION' },
  { head: 'WITH POD', isNumber: true },
  { head: 'WITH PROCESS', isNumber: true },
  { head: 'JOINED (TIER)' },
];

function sensorLines({ sensors }: DoctorDocument): readonly string[] {
  if (sensors.length === 0) return [];
  const rows = sensors.map((sensor) => {
    const { judged } = sensor;
    return [
      sensor.sensor,
      number(sensor.accepted),
      number(sensor.duplicate),
      number(sensor.late),
      number(sensor.nodes),
      versionText(sensor),
      percent(judged.withPod, judged.events - judged.onHost),
      percent(judged.withProcess, judged.events),
      joinText(judged.joins),
    ];
  });
  return textTable(SENSOR_COLUMNS, rows);
}

const number = (count: number): string => count.toLocaleString('en-US');

function versionText(sensor: DoctorDocument['sensors'][number]): string {
  const { versions, versionAtLeast } = sensor;
  if (versions.length > 0) {
    const isOne = versions.length === 1;
    return versions
      .map(({ version, nodes }) => (isOne ? version : `${version} (${nodes})`))
      .join(', ');
  }
  return versionAtLeast === null ? 'unknown' : `${versionAtLeast} or newer`;
}

function joinText(joins: DoctorDocument['sensors'][number]['judged']['joins']): string {
  const all = Object.values(joins).reduce((sum, count) => sum + count, 0);
  return PROCESS_JOIN_TIERS.flatMap((tier) => {
    const count = joins[tier] ?? 0;
    return count === 0 ? [] : [`${tier} ${percent(count, all)}`];
  }).join(', ');
}

const NODE_COLUMNS: readonly Column[] = [
  { head: 'NODE' },
  { head: 'SENSOR' },
  { head: 'EVENTS', isNumber: true },
  { head: 'LAST', isNumber: true },
  { head: 'DELAY', isNumber: true },
  { head: 'UP TO', isNumber: true },
  { head: 'LATE', isNumber: true },
  { head: 'VERSION' },
];

function nodeLines({ nodes, nodesTotal, now }: DoctorDocument): readonly string[] {
  if (nodes.length === 0) return [];
  const at = parseTime(now) ?? 0;
  const rows = nodes
    .slice(0, NODES_MAX)
    .map((node) => [
      node.node === '' ? '(no name)' : node.node,
      node.sensor,
      number(node.accepted),
      `${formatDuration(at - (parseTime(node.lastReceivedAt) ?? at))} ago`,
      delayText(node.delayMinMs),
      delayText(node.delayMaxMs),
      number(node.late),
      node.version ?? '',
    ]);
  const more = nodesTotal - rows.length;
  return [...textTable(NODE_COLUMNS, rows), ...(more > 0 ? [`… and ${more} more`] : [])];
}

/** From event to receipt; a clock that is ahead gives less than nothing. */
function delayText(delayMs: number): string {
  const text = formatDuration(delayMs * MICROS_PER_MS);
  return delayMs < 0 ? `−${text}` : text;
}

function fileLines({ files, filesTotal, now }: DoctorDocument): readonly string[] {
  if (files.length === 0) return [];
  const at = parseTime(now) ?? 0;
  const rows = files
    .slice(0, FILES_MAX)
    .map((file) => [
      file.path,
      number(file.lines),
      number(file.behindBytes),
      file.lastRead === null ? '' : `${formatDuration(at - (parseTime(file.lastRead) ?? at))} ago`,
      file.error ?? '',
    ]);
  const more = filesTotal - rows.length;
  return [...textTable(FILE_COLUMNS, rows), ...(more > 0 ? [`… and ${more} more`] : [])];
}

const FILE_COLUMNS: readonly Column[] = [
  { head: 'FOLLOWED FILE' },
  { head: 'RECORDS', isNumber: true },
  { head: 'BYTES BEHIND', isNumber: true },
  { head: 'READ', isNumber: true },
  { head: 'ERROR' },
];

const NOT_READ_COLUMNS: readonly Column[] = [
  { head: 'NOT READ' },
  { head: 'WHY' },
  { head: 'COUNT', isNumber: true },
  { head: 'WHAT TO DO', charsMax: 160 },
];

function notReadLines({ rejected, skipped, refusedRequests }: DoctorDocument): readonly string[] {
  const rows = [
    ...(refusedRequests ?? []).map(({ status, count }) => [
      'requests refused',
      String(status),
      number(count),
    ]),
    ...rejected.map(({ code, count, advice }) => ['records rejected', code, number(count), advice]),
    ...skipped.map(({ reason, count, meaning }) => {
      return ['records skipped', reason, number(count), meaning];
    }),
  ];
  return rows.length === 0 ? [] : textTable(NOT_READ_COLUMNS, rows);
}

const WAITS_FOR: Readonly<Record<DoctorDocument['rules']['blind'][number]['reason'], string>> = {
  'no-events': 'no event of',
  'no-fields': 'no field',
  'no-hook': 'no hook with',
  'needs-rule': 'needs',
};
const MISSING_SHOWN_MAX = 3;

function ruleLines({ rules, sensors }: DoctorDocument): readonly string[] {
  if (rules.blind.length === 0 || sensors.length === 0) return [];
  const rows = rules.blind
    .slice(0, RULES_MAX)
    .map(({ level, title, reason, missing, policies }) => [
      level,
      title,
      `${WAITS_FOR[reason]} ${missing.slice(0, MISSING_SHOWN_MAX).join(', ')}`,
      policies.join(', '),
    ]);
  const more = rules.blind.length - rows.length;
  const columns = [
    { head: 'LEVEL' },
    { head: 'RULE THAT CAN MATCH NOTHING' },
    { head: 'BECAUSE' },
    { head: 'POLICY' },
  ];
  return [...textTable(columns, rows), ...(more > 0 ? [`… and ${more} more`] : [])];
}
