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
  coreFaulted(): void;
  /** A request was sent away because the intake was full or closed. */
  intakeRefused(sensor: string): void;
  /** A replayed tail gave another result than was stored. */
  outputDiffered(): void;
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
  const events = eventCounters(registry);
  const work = workFigures(registry);
  const gauges = scrapeGauges(registry);
  const build = gauge(registry, 'build_info', 'Version of Eyrie; always 1.', ['version']);
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
    coreFaulted: () => work.coreFaults.inc(),
    intakeRefused: (sensor) => work.refused.inc({ sensor: knownSensor(sensor) }),
    outputDiffered: () => work.outputsDiffered.inc(),
    requestDone: ({ method, route, status, seconds }) =>
      work.requestSeconds.observe({ method, route, status: statusClass(status) }, seconds),
    render: (now) => {
      setGauges(gauges, now);
      return registry.metrics();
    },
  };
}

type EventCounters = ReturnType<typeof eventCounters>;

function eventCounters(registry: Registry) {
  const help = 'Records of sensors that';
  return {
    received: counter(registry, 'events_received_total', `${help} came in.`),
    accepted: counter(registry, 'events_accepted_total', `${help} became events.`),
    duplicate: counter(registry, 'events_duplicate_total', `${help} repeat a known event.`),
    rejected: counter(registry, 'events_rejected_total', `${help} were refused.`, ['code']),
    skipped: counter(registry, 'events_skipped_total', `${help} were passed over.`, ['reason']),
    late: counter(registry, 'events_late_total', 'Events that came behind the watermark.'),
    findings: counter(registry, 'findings_total', 'Findings kept one by one.', ['level']),
    folded: counter(registry, 'folded_total', 'Findings counted beyond the evidence limit.'),
    opened: counter(registry, 'incidents_opened_total', 'Incidents opened.'),
  };
}

function workFigures(registry: Registry) {
  return {
    batches: counter(registry, 'batches_total', 'Batches judged by the core.'),
    batchSeconds: histogram(registry, 'batch_seconds', 'Time of the core per batch.'),
    commitSeconds: histogram(registry, 'commit_seconds', 'Time of one commit, fsync included.'),
    snapshots: counter(registry, 'snapshots_total', 'Snapshots of the state that were stored.'),
    snapshotSeconds: histogram(registry, 'snapshot_seconds', 'Time to take and store a snapshot.'),
    coreFaults: counter(registry, 'core_faults_total', 'Errors of Eyrie itself in the core.'),
    outputsDiffered: counter(
      registry,
      'outputs_differed_total',
      'Batches whose stored result was not found again on a restart.',
    ),
    refused: counter(
      registry,
      'intake_refused_total',
      'Requests answered with 503 because the intake was full or closed.',
      ['sensor'],
    ),
    requestSeconds: new Histogram({
      name: `${PREFIX}http_request_duration_seconds`,
      help: 'Time from a request to its answer, by route pattern.',
      labelNames: ['method', 'route', 'status'],
      buckets: SECONDS_BUCKETS,
      registers: [registry],
    }),
  };
}

type ScrapeGauges = ReturnType<typeof scrapeGauges>;

function scrapeGauges(registry: Registry) {
  return {
    heldEvents: gauge(registry, 'events_held', 'Events held until the watermark passes them.'),
    heldBytes: gauge(registry, 'events_held_bytes', 'Raw bytes of the held events.'),
    intakeBytes: gauge(registry, 'intake_bytes', 'Bytes of requests that wait for their commit.'),
    lanes: gauge(registry, 'lanes', 'Lanes of events, one per source and node.'),
    lag: gauge(registry, 'watermark_lag_seconds', 'How far the watermark is behind the clock.'),
    open: gauge(registry, 'incidents_open', 'Open incidents by severity.', ['severity']),
  };
}

function setGauges(gauges: ScrapeGauges, now: Gauges): void {
  gauges.heldEvents.set(now.heldEvents);
  gauges.heldBytes.set(now.heldBytes);
  gauges.intakeBytes.set(now.intakeBytes);
  gauges.lanes.set(now.lanes);
  gauges.lag.set(now.watermarkLagSeconds ?? Number.NaN);
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
  events.late.inc(counts.late);
  for (const [level, count] of counts.findings) events.findings.inc({ level }, count);
  events.folded.inc(counts.folded);
  events.opened.inc(counts.opened);
}

const knownSensor = (sensor: string): string =>
  sensor === 'falco' || sensor === 'tetragon' ? sensor : 'any';

const statusClass = (status: number): string => `${Math.floor(status / 100)}xx`;

function counter(registry: Registry, name: string, help: string, labelNames: string[] = []) {
  return new Counter({ name: `${PREFIX}${name}`, help, labelNames, registers: [registry] });
}

function gauge(registry: Registry, name: string, help: string, labelNames: string[] = []) {
  return new Gauge({ name: `${PREFIX}${name}`, help, labelNames, registers: [registry] });
}

function histogram(registry: Registry, name: string, help: string) {
  const buckets = SECONDS_BUCKETS;
  return new Histogram({ name: `${PREFIX}${name}`, help, buckets, registers: [registry] });
}
