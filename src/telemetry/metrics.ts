// Every figure for Prometheus. Labels come from closed lists only (codes, reasons, levels, route
// patterns): a label that an attacker can choose would grow the registry without bound.
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { Raised } from '../model/batch.ts';
import { LEVELS, type Level } from '../model/level.ts';
import { countBatch } from './count-batch.ts';

const PREFIX = 'eyrie_';
const SECONDS_BUCKETS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
];

/** What is true at the moment of a scrape. Times are seconds, sizes bytes. */
export interface Gauges {
  readonly heldEvents: number;
  readonly heldBytes: number;
  readonly intakeBytes: number;
  readonly lanes: number;
  /** Wall clock minus watermark; null before the first event. */
  readonly watermarkLagSeconds: number | null;
  /** Null when the store could not be asked in time; the last known figures then stay. */
  readonly incidentsOpen: Readonly<Partial<Record<Level, number>>> | null;
  /** Events that sensors said they lost, by sensor and reason; it only grows. */
  readonly lostEvents: ReadonlyMap<string, number>;
  /** Bytes of followed files that were not read yet, by path or pattern as it was configured. */
  readonly filesBehind: ReadonlyMap<string, number>;
}

export interface RequestDone {
  readonly method: string;
  /** The pattern of the route, never the URL itself; `unmatched` if there is none. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

export interface Metrics {
  readonly contentType: string;
  /** Once per batch that went through the core, with the time its rooms took. */
  batchJudged(batch: Raised, seconds: number): void;
  batchCommitted(seconds: number): void;
  snapshotSaved(seconds: number): void;
  /** Faults of the core on record, those of earlier processes included. */
  coreFaulted(count: number): void;
  /** A request was sent away because the intake was full or closed. */
  intakeRefused(sensor: string): void;
  /** So many records of followed files were stored. */
  linesFollowed(count: number): void;
  /** Lines of a followed file may be missing. */
  fileLost(loss: string): void;
  /** A replayed tail gave another result than was stored. */
  outputsDiffered(rows: number): void;
  requestDone(request: RequestDone): void;
  /** The text of `/metrics`. */
  render(gauges: Gauges): Promise<string>;
}

export interface MetricsOptions {
  readonly version: string;
  /** Figures of the Node process too. They start a monitor of the event loop. */
  readonly processMetrics: boolean;
}

/** A registry of its own, so that two Eyries in one process (tests) do not share figures. */
export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry();
  const make = figureMaker(registry);
  const events = eventCounters(make);
  const work = workFigures(make);
  const gauges = scrapeGauges(make);
  const build = make.gauge('build_info', 'Version of Eyrie; always 1.', ['version']);
  build.set({ version: options.version }, 1);
  if (options.processMetrics) collectDefaultMetrics({ register: registry, prefix: PREFIX });
  return {
    contentType: registry.contentType,
    batchJudged: (batch, seconds) => {
      addBatch(events, batch);
      work.batches.inc();
      work.batchSeconds.observe(seconds);
    },
    batchCommitted: (seconds) => work.commitSeconds.observe(seconds),
    snapshotSaved: (seconds) => {
      work.snapshots.inc();
      work.snapshotSeconds.observe(seconds);
    },
    coreFaulted: (count) => work.coreFaults.inc(count),
    intakeRefused: (sensor) => work.refused.inc({ sensor: knownSensor(sensor) }),
    linesFollowed: (count) => work.fileLines.inc(count),
    fileLost: (loss) => work.fileLosses.inc({ loss }),
    outputsDiffered: (rows) => work.outputsDiffered.inc(rows),
    requestDone: ({ method, route, status, seconds }) =>
      work.requestSeconds.observe({ method, route, status: statusClass(status) }, seconds),
    render: (now) => {
      setGauges(gauges, now);
      return registry.metrics();
    },
  };
}

type EventCounters = ReturnType<typeof eventCounters>;

function eventCounters(make: FigureMaker) {
  const help = 'Records of sensors that';
  return {
    received: make.counter('events_received_total', `${help} came in.`),
    accepted: make.counter('events_accepted_total', `${help} became events.`),
    duplicate: make.counter('events_duplicate_total', `${help} repeat a known event.`),
    rejected: make.counter('events_rejected_total', `${help} were refused.`, ['code']),
    skipped: make.counter('events_skipped_total', `${help} were passed over.`, ['reason']),
    flagged: make.counter(
      'events_flagged_total',
      'Events that were read with something missing, cut or of a wrong type.',
      ['flag'],
    ),
    late: make.counter('events_late_total', 'Events that came behind the watermark.'),
    findings: make.counter('findings_total', 'Findings kept one by one.', ['level']),
    folded: make.counter('folded_total', 'Findings counted beyond the evidence limit.'),
    opened: make.counter('incidents_opened_total', 'Incidents opened.'),
  };
}

function workFigures(make: FigureMaker) {
  return {
    batches: make.counter('batches_total', 'Batches judged by the core.'),
    batchSeconds: make.histogram('batch_seconds', 'Time of the core per batch.'),
    commitSeconds: make.histogram('commit_seconds', 'Time of one commit, fsync included.'),
    snapshots: make.counter('snapshots_total', 'Snapshots of the state that were stored.'),
    snapshotSeconds: make.histogram('snapshot_seconds', 'Time to take and store a snapshot.'),
    coreFaults: make.counter('core_faults_total', 'Errors of Eyrie itself in the core.'),
    outputsDiffered: make.counter(
      'outputs_differed_total',
      'Batches whose stored result was not found again on a restart.',
    ),
    fileLines: make.counter('file_lines_total', 'Records of followed files that were stored.'),
    fileLosses: make.counter(
      'file_losses_total',
      'Followed files of which lines may be missing: truncated, gone or damaged.',
      ['loss'],
    ),
    refused: make.counter(
      'intake_refused_total',
      'Requests answered with 503 because the intake was full or closed.',
      ['sensor'],
    ),
    requestSeconds: make.histogram(
      'http_request_duration_seconds',
      'Time from a request to its answer, by route pattern.',
      ['method', 'route', 'status'],
    ),
  };
}

type ScrapeGauges = ReturnType<typeof scrapeGauges>;

function scrapeGauges(make: FigureMaker) {
  return {
    heldEvents: make.gauge('events_held', 'Events held until the watermark passes them.'),
    heldBytes: make.gauge('events_held_bytes', 'Raw bytes of the held events.'),
    intakeBytes: make.gauge('intake_bytes', 'Bytes of requests that wait for their commit.'),
    lanes: make.gauge('lanes', 'Lanes of events, one per source and node.'),
    lag: make.gauge('watermark_lag_seconds', 'How far the watermark is behind the clock.'),
    open: make.gauge('incidents_open', 'Open incidents by severity.', ['severity']),
    filesBehind: make.gauge('file_behind_bytes', 'Bytes of followed files that are not read yet.', [
      'path',
    ]),
    lost: make.counter(
      'coverage_gap_lost_events_total',
      'Events that sensors said they lost before Eyrie could see them.',
      ['sensor', 'reason'],
    ),
  };
}

function setGauges(gauges: ScrapeGauges, now: Gauges): void {
  gauges.heldEvents.set(now.heldEvents);
  gauges.heldBytes.set(now.heldBytes);
  gauges.intakeBytes.set(now.intakeBytes);
  gauges.lanes.set(now.lanes);
  gauges.lag.set(now.watermarkLagSeconds ?? Number.NaN);
  for (const [path, bytes] of now.filesBehind) gauges.filesBehind.set({ path }, bytes);
  // The core counts, across restarts too; what is shown is its count.
  gauges.lost.reset();
  for (const [key, lost] of now.lostEvents) {
    const [sensor = '', reason = ''] = key.split(' ');
    gauges.lost.inc({ sensor, reason }, lost);
  }
  if (now.incidentsOpen === null) return;
  for (const severity of LEVELS) gauges.open.set({ severity }, now.incidentsOpen[severity] ?? 0);
}

function addBatch(events: EventCounters, batch: Raised): void {
  const counts = countBatch(batch);
  events.received.inc(counts.received);
  events.accepted.inc(counts.accepted);
  events.duplicate.inc(counts.duplicate);
  for (const [code, count] of counts.rejected) events.rejected.inc({ code }, count);
  for (const [reason, count] of counts.skipped) events.skipped.inc({ reason }, count);
  for (const [flag, count] of counts.flagged) events.flagged.inc({ flag }, count);
  events.late.inc(counts.late);
  for (const [level, count] of counts.findings) events.findings.inc({ level }, count);
  events.folded.inc(counts.folded);
  events.opened.inc(counts.opened);
}

const knownSensor = (sensor: string): string =>
  sensor === 'falco' || sensor === 'tetragon' ? sensor : 'any';

const statusClass = (status: number): string => `${Math.floor(status / 100)}xx`;

type FigureMaker = ReturnType<typeof figureMaker>;

function figureMaker(registry: Registry) {
  const settings = (name: string, help: string, labelNames: string[]) => ({
    name: `${PREFIX}${name}`,
    help,
    labelNames,
    registers: [registry],
  });
  return {
    counter: (name: string, help: string, labels: string[] = []) =>
      new Counter(settings(name, help, labels)),
    gauge: (name: string, help: string, labels: string[] = []) =>
      new Gauge(settings(name, help, labels)),
    histogram: (name: string, help: string, labels: string[] = []) =>
      new Histogram({ ...settings(name, help, labels), buckets: SECONDS_BUCKETS }),
  };
}
