import type { Machine } from './machine.ts';
import { median } from './quantile.ts';
import type { BenchSetup } from './scenarios/bench-files.ts';
import type { HttpFigures } from './scenarios/http.ts';
import { medianOf, type ReplayFigures, type ReplayRun } from './scenarios/replay.ts';
import type { RestartFigures } from './scenarios/restart.ts';
import type { SensorsFigures } from './sensors-loop.ts';

/** What one run of the benchmark found; a scenario that was not run is null. */
export interface BenchResult {
  readonly date: string;
  readonly setup: BenchSetup;
  readonly streamBytes: number;
  readonly machine: Machine;
  readonly sensors: SensorsFigures | null;
  readonly replay: ReplayFigures | null;
  readonly httpSingle: HttpFigures | null;
  readonly httpNdjson: HttpFigures | null;
  readonly httpIdle: HttpFigures | null;
  readonly restart: RestartFigures | null;
}

const MEBIBYTE = 2 ** 20;
/** Figures to reach; see the section below the table. */
const TARGETS = {
  sensorsRatio: 0.35,
  replayRatio: 0.22,
  peakBytes: 512 * MEBIBYTE,
  storedBytesPerEvent: 400,
  singlePerSecond: 4000,
  ndjsonRatio: 0.18,
  restartSeconds: 5,
} as const;

const whole = (value: number): string => Math.round(value).toLocaleString('en-US');
const ratio = (value: number): string => value.toFixed(2);
const mebibytes = (bytes: number): string => `${whole(bytes / MEBIBYTE)} MiB`;
const milliseconds = (ms: number): string => `${ms.toFixed(2)} ms`;
const mark = (isReached: boolean): string => (isReached ? 'reached' : '**missed**');

type Row = readonly [what: string, figure: string, target: string, verdict: string];

/** The page `docs/BENCHMARKS.md`. */
export function renderReport(result: BenchResult): string {
  const rows = [
    ...sensorsRows(result.sensors),
    ...replayRows(result.replay),
    ...singleRows(result),
    ...ndjsonRows(result.httpNdjson),
    ...idleRows(result.httpIdle),
    ...restartRows(result.restart),
  ];
  return [
    '# Benchmarks',
    '',
    `Written by \`npm run bench\` on ${result.date}. Do not edit; run it again.`,
    '',
    '## Figures',
    '',
    '| What | Figure | To reach | |',
    '| --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row.join(' | ')} |`),
    '',
    ...yardstickLines(result),
    ...runLines(result.replay),
    ...machineLines(result),
    ...methodLines(result),
  ].join('\n');
}

function sensorsRows(sensors: SensorsFigures | null): Row[] {
  if (sensors === null) return [];
  const share = sensors.ratio;
  return [
    [
      'Decode, validate, normalize and id, one core',
      `${whole(sensors.readPerSecond)} events/s`,
      '',
      '',
    ],
    [
      '… against `JSON.parse` alone',
      ratio(share),
      `at least ${TARGETS.sensorsRatio}`,
      mark(share >= TARGETS.sensorsRatio),
    ],
  ];
}

function replayRows(replay: ReplayFigures | null): Row[] {
  if (replay === null) return [];
  const { folded, unfolded } = replay;
  const rate = medianOf(folded, (run) => run.eventsPerSecond);
  const share = medianOf(folded, (run) => run.eventsPerSecond / run.parsePerSecond);
  const peak = medianOf(folded, (run) => run.peakBytes);
  const stored = medianOf(folded, (run) => run.storedBytesPerEvent);
  return [
    ['Replay, durable', `${whole(rate)} events/s`, '', ''],
    [
      'Replay against the `JSON.parse` loop',
      ratio(share),
      `at least ${TARGETS.replayRatio}`,
      mark(share >= TARGETS.replayRatio),
    ],
    ['Replay, peak resident memory', mebibytes(peak), '512 MiB', mark(peak < TARGETS.peakBytes)],
    [
      'Replay, stored bytes an event',
      whole(stored),
      'under 400',
      mark(stored < TARGETS.storedBytesPerEvent),
    ],
    ['Replay with folding off', `${whole(unfolded.eventsPerSecond)} events/s`, '', ''],
    ['Replay with folding off, bytes an event', whole(unfolded.storedBytesPerEvent), '', ''],
  ];
}

function singleRows({ httpSingle, machine }: BenchResult): Row[] {
  if (httpSingle === null) return [];
  // 32 connections that each wait for one fsync cannot be answered faster than this.
  const bound = (0.6 * 32 * 1000) / machine.fsyncMs.median;
  const target = Math.min(TARGETS.singlePerSecond, bound);
  const { eventsPerSecond, load } = httpSingle;
  return [
    [
      'HTTP, one event per POST, 32 connections',
      `${whole(eventsPerSecond)} events/s`,
      `at least ${whole(target)}`,
      mark(eventsPerSecond >= target),
    ],
    ['… its answers, median and p99', latencyText(load.latencyMs), '', ''],
  ];
}

const latencyText = (latency: { readonly median: number; readonly p99: number }): string =>
  `${milliseconds(latency.median)}, ${milliseconds(latency.p99)}`;

function ndjsonRows(ndjson: HttpFigures | null): Row[] {
  if (ndjson === null) return [];
  const share = ndjson.eventsPerSecond / ndjson.parsePerSecond;
  return [
    ['HTTP, NDJSON bodies of 500', `${whole(ndjson.eventsPerSecond)} events/s`, '', ''],
    [
      '… against the `JSON.parse` loop',
      ratio(share),
      `at least ${TARGETS.ndjsonRatio}`,
      mark(share >= TARGETS.ndjsonRatio),
    ],
    ['… peak resident memory', mebibytes(ndjson.peakBytes), '', ''],
  ];
}

function idleRows(idle: HttpFigures | null): Row[] {
  if (idle === null) return [];
  const { latencyMs } = idle.load;
  return [['One POST at a time, answer median and p99', latencyText(latencyMs), 'a few ms', '']];
}

function restartRows(restart: RestartFigures | null): Row[] {
  if (restart === null) return [];
  const { medianSeconds, processes, tailEvents } = restart;
  const what = `Ready after SIGKILL, ${whole(processes)} processes, ${whole(tailEvents)} events behind the snapshot`;
  const isReached = medianSeconds < TARGETS.restartSeconds;
  return [[what, `${medianSeconds.toFixed(2)} s`, 'under 5 s', mark(isReached)]];
}

function yardstickLines({ replay }: BenchResult): string[] {
  if (replay === null) return [];
  const parse = whole(medianOf(replay.folded, (run) => run.parsePerSecond));
  return [
    'The yardstick is a plain loop on one core over the same file: read, cut into lines, `JSON.parse`',
    `each, do nothing with it. In these runs it did ${parse} lines/s.`,
    '',
  ];
}

function runLines(replay: ReplayFigures | null): string[] {
  if (replay === null) return [];
  const line = (name: string, run: ReplayRun): string =>
    `| ${name} | ${run.wallSeconds.toFixed(1)} | ${whole(run.eventsPerSecond)} | ${whole(run.parsePerSecond)} | ${mebibytes(run.peakBytes)} | ${whole(run.storedBytesPerEvent)} | ${run.incidents} | ${run.ledger['late'] ?? 0} |`;
  return [
    '## Every replay',
    '',
    '| Run | Seconds | Events/s | Yardstick/s | Peak | Bytes an event | Incidents | Late |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...replay.folded.map((run, index) => line(String(index + 1), run)),
    line('folding off', replay.unfolded),
    '',
    `Spread of the rates: ${whole(Math.min(...rates(replay)))} to ${whole(Math.max(...rates(replay)))}, median ${whole(median(rates(replay)))}.`,
    '',
  ];
}

const rates = (replay: ReplayFigures): readonly number[] =>
  replay.folded.map((run) => run.eventsPerSecond);

function machineLines({ machine }: BenchResult): string[] {
  const { fsyncMs } = machine;
  return [
    '## Machine',
    '',
    `- ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGib} GiB of memory, ${machine.system}`,
    `- Node ${machine.node}`,
    `- fsync of 4 KiB: median ${milliseconds(fsyncMs.median)}, p99 ${milliseconds(fsyncMs.p99)}`,
    '',
  ];
}

function methodLines({ setup, streamBytes }: BenchResult): string[] {
  const mean = whole(streamBytes / setup.events);
  return [
    '## Method',
    '',
    `- Stream: ${whole(setup.events)} events, seed ${setup.seed}, ${mean} bytes each on average: 30 % Falco (nine tenths of it from one noisy rule),`,
    '  70 % Tetragon, 500 pods on 20 nodes, an attack about every 20,000 events, times out of order by up to 1 s, 0.2 % duplicates.',
    '- Every program runs in a process of its own, the server on two cores with the load generator beside it. Durability is',
    '  `full`: each commit is followed by an fsync before anything is answered.',
    '- The sensors read slices of 10,000 lines in turn with `JSON.parse` of the same lines, given as strings; the median',
    '  of the ratios counts. A batch has 500 lines.',
    '- The replay is timed from the start of its process to its end, database and JSON result included. Its memory is the',
    "  kernel's `VmHWM`. Stored bytes are the whole database file divided by the events.",
    `- The yardstick runs right before each replay. Figures are medians of ${setup.repeat} runs.`,
    '- Over HTTP every event is moved to the second in which it is sent; the first four seconds are not counted.',
    '- The restart is timed from the start of the process until `/readyz` answers 200.',
    '',
  ];
}
