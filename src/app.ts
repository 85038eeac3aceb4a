// The composition root: joins the rooms, the store and the doors into what the commands run.
import packageJson from '../package.json' with { type: 'json' };
import type { FastifyBaseLogger } from 'fastify';
import { boundHeap } from './bound-heap.ts';
import type { Config } from './config/config.ts';
import { toCoreSettings } from './config/core-settings.ts';
import { LIMITS } from './config/limits.ts';
import { createArrivals } from './doctor/arrivals.ts';
import { type Engine, openEngine } from './engine.ts';
import { observeEngine } from './engine-observer.ts';
import type { Place } from './ingest/intake.ts';
import { type ReplayGroup, replayParts, totalBytes } from './ingest/replay-files.ts';
import { bringIntoEffect, checkHost, readInputs } from './inputs.ts';
import { formatTime } from './lib/format-time.ts';
import type { CoverageGap } from './model/coverage-gap.ts';
import type { ScoreReason } from './model/incident.ts';
import type { Level } from './model/level.ts';
import { MICROS_PER_MS, type Micros } from './model/micros.ts';
import type { Part } from './model/part.ts';
import { rebuild, type Rebuilt } from './rebuild.ts';
import type { RecoverableRooms } from './recovery.ts';
import { createRooms } from './rooms.ts';
import { type RunningServer, runUntilStopped } from './running-server.ts';
import { openDoors } from './server.ts';
import { openStoreReader, openStoreWriter } from './store/open-store.ts';
import type { Ledger, StoredIncident, StoreReader, StoreWriter } from './store/ports.ts';
import { verifyJournal } from './store/verify-journal.ts';
import { createMetrics } from './telemetry/metrics.ts';
import type { Logger } from './telemetry/log.ts';

export interface AppOptions {
  readonly config: Config;
  /** Files of `kubectl get pods -A -o json`. */
  readonly podDumps: readonly string[];
  readonly log: Logger;
  /** Only for tests that plant faults, watch commits or want many snapshots. */
  readonly testing?: Testing;
}

export interface Testing {
  readonly wrapWriter?: (writer: StoreWriter) => StoreWriter;
  readonly wrapRooms?: (rooms: RecoverableRooms) => RecoverableRooms;
  readonly snapshotEvents?: number;
}

export interface ReplayProgress {
  readonly bytes: number;
  readonly totalBytes: number | null;
  readonly events: number;
}

export interface ReplayOptions extends AppOptions {
  /** Paths of event files; `-` is standard input. */
  readonly files: readonly string[];
  readonly onProgress?: (progress: ReplayProgress) => void;
}

export interface ReplayIncident {
  readonly id: string;
  readonly number: number;
  readonly severity: Level;
  readonly risk: number;
  readonly title: string;
  readonly entity: string;
  readonly state: string;
  readonly firstTime: string;
  readonly lastTime: string;
  readonly eventCount: number;
  readonly tactics: readonly string[];
  readonly findings: readonly {
    readonly id: string;
    readonly rule: string;
    readonly time: string;
    readonly level: Level;
    readonly eventIds: readonly string[];
  }[];
  readonly reasons: readonly Pick<ScoreReason, 'code' | 'field' | 'sentence'>[];
}

export interface ReplayResult {
  readonly events: Ledger;
  readonly incidents: readonly ReplayIncident[];
  /** Times in which sensors did not see all, newest first; at most one page of them. */
  readonly coverage: readonly CoverageGap[];
  readonly dbFile: string;
}

export const VERSION = packageJson.version;
const ENGINE = `eyrie/${VERSION}`;
const SERVE_RUN = 'serve';
const ALL = { clusters: null };
/** Longest wait a timer can count; a file waits for its turn as long as it takes. */
const PATIENT_MS = 2 ** 31 - 1;
const REPLAY_INTAKE_BYTES = 12 * 2 ** 20;

const wallTime = (): Micros => Date.now() * MICROS_PER_MS;

/** Serves until it is stopped or can not go on. */
export async function startServer(options: AppOptions): Promise<RunningServer> {
  const { config, log, testing = {} } = options;
  const inputs = await readInputs(options);
  await checkHost(config.listen.host);
  const { file, durability, keepBytes, keepMs } = config.database;
  const opened = await openStoreWriter({ file, durability, retention: { keepBytes, keepMs } });
  const writer = testing.wrapWriter?.(opened) ?? opened;
  const metrics = createMetrics({ version: VERSION, processMetrics: true });
  const plainRooms = createRooms(toCoreSettings(config));
  const rooms = testing.wrapRooms?.(plainRooms) ?? plainRooms;
  const arrivals = createArrivals({ rules: inputs.compiled, now: wallTime });
  const observer = observeEngine({ log, metrics, arrivals, writer, wallTime });
  // What was opened last is closed first, also when the start fails half-way.
  const closers: (() => Promise<void>)[] = [async () => observer.stop(), () => writer.close()];
  const close = async (): Promise<void> => {
    for (const closeOne of closers.splice(0).toReversed()) await closeOne();
  };
  try {
    const engine = await openEngine({
      rooms,
      writer,
      engine: ENGINE,
      run: SERVE_RUN,
      wallTime,
      intakeBytesMax: config.ingest.intakeBytesMax,
      snapshots: {
        events: testing.snapshotEvents ?? LIMITS.snapshotEvents,
        intervalMs: LIMITS.snapshotIntervalMs,
      },
      observer,
    });
    const reader = await openStoreReader(file);
    closers.push(() => reader.close());
    await bringIntoEffect(engine, config, inputs);
    const doors = await openDoors({
      config,
      engine,
      rooms,
      reader,
      metrics,
      arrivals,
      positions: await writer.readPositions(),
      log,
      version: VERSION,
      logger: 'child' in log ? (log as FastifyBaseLogger) : null,
      wallTime,
      recentFaults: () => observer.recentFaults(),
    });
    closers.push(() => doors.close());
    return runUntilStopped({ engine, url: doors.url, close, log });
  } catch (error) {
    await close();
    throw error;
  }
}

/** Replays recorded files into a database as fast as they can be judged. */
export async function replayFiles(options: ReplayOptions): Promise<ReplayResult> {
  boundHeap();
  const { config, log, files } = options;
  const inputs = await readInputs(options);
  const total = await totalBytes(files);
  const { file, durability, keepBytes, keepMs } = config.database;
  const writer = await openStoreWriter({ file, durability, retention: { keepBytes, keepMs } });
  try {
    const metrics = createMetrics({ version: VERSION, processMetrics: false });
    const observer = observeEngine({ log, metrics, writer: null, wallTime });
    const engine = await openEngine({
      rooms: createRooms(toCoreSettings(config)),
      writer,
      engine: ENGINE,
      run: `replay ${files.join(' ')}`,
      wallTime,
      intakeBytesMax: REPLAY_INTAKE_BYTES,
      snapshots: { events: Number.MAX_SAFE_INTEGER, intervalMs: Number.MAX_SAFE_INTEGER },
      observer,
    });
    await bringIntoEffect(engine, config, inputs);
    await feed(engine, options, total);
    await engine.stop();
  } finally {
    // Closed before anything is read back: two threads of the store at once need more memory.
    await writer.close();
  }
  const reader = await openStoreReader(file);
  try {
    return { ...(await resultOf(reader)), dbFile: file };
  } finally {
    await reader.close();
  }
}

const sizeOf = (parts: readonly Part[]): { bytes: number; events: number } => {
  let bytes = 0;
  let events = 0;
  for (const part of parts) {
    if (part.origin.kind === 'events') events += part.records.length;
    for (const record of part.records) bytes += record.bytes.byteLength + 1;
  }
  return { bytes, events };
};

async function feed(engine: Engine, options: ReplayOptions, total: number | null): Promise<void> {
  const { config, files, onProgress } = options;
  const done = { bytes: 0, events: 0 };
  const sources = files.map((path) => ({
    path,
    cluster: config.cluster.name,
    latenessMs: config.latenessMs,
  }));
  const deliver = async (group: ReplayGroup, place: Place): Promise<void> => {
    const { parts } = group;
    try {
      await engine.intake.deliver(parts);
      group.release();
    } finally {
      place.release();
    }
    const { bytes, events } = sizeOf(parts);
    done.bytes += bytes;
    done.events += events;
    onProgress?.({ ...done, totalBytes: total });
  };
  for await (const group of replayParts(sources)) {
    const place = await engine.intake.admit(sizeOf(group.parts).bytes, PATIENT_MS);
    if (place === null) break;
    // A failure ends the engine, and waiting for its end tells of it.
    deliver(group, place).catch(() => {});
  }
}

async function resultOf(reader: StoreReader): Promise<Omit<ReplayResult, 'dbFile'>> {
  const filter = {
    states: null,
    severityMin: null,
    severities: null,
    namespace: null,
    from: null,
    to: null,
    orderBy: 'first_time' as const,
  };
  const incidents: ReplayIncident[] = [];
  let token: string | null = null;
  do {
    const page = await reader.listIncidents(ALL, filter, { size: LIMITS.pageSizeMax, token });
    for (const incident of page.items) incidents.push(await describe(reader, incident));
    token = page.nextPageToken;
  } while (token !== null);
  const everywhere = { cluster: null, node: null, from: null, to: null };
  const page = { size: LIMITS.pageSizeMax, token: null };
  const { items: coverage } = await reader.listCoverage(ALL, everywhere, page);
  return { events: (await reader.status(ALL)).events, incidents, coverage };
}

async function describe(reader: StoreReader, incident: StoredIncident): Promise<ReplayIncident> {
  const findings = await reader.listFindings(ALL, incident.id);
  const { id, number, severity, risk, title, state, eventCount, tactics } = incident;
  return {
    id,
    number,
    severity,
    risk,
    title,
    entity: incident.entity.label,
    state,
    firstTime: formatTime(incident.firstTime),
    lastTime: formatTime(incident.lastTime),
    eventCount,
    tactics,
    findings: findings.map((finding) => ({
      id: finding.id,
      rule: finding.ruleId,
      time: formatTime(finding.time),
      level: finding.level,
      eventIds: finding.events.map((event) => event.eventId),
    })),
    reasons: incident.reasons.map(({ code, field, sentence }) => ({ code, field, sentence })),
  };
}

export interface RebuildOptions {
  readonly from: string;
  readonly to: string;
  readonly log: Logger;
  readonly onProgress?: (rows: number) => void;
}

/** Makes a fresh database from the journal of another one. */
export const rebuildDatabase = (options: RebuildOptions): Promise<Rebuilt> =>
  rebuild({ ...options, engine: ENGINE, wallTime });

export interface VerifiedCheck {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** Checks a database file: SQLite's own integrity, the ledger, the audit chain, all references. */
export const verifyDatabase = async (file: string): Promise<readonly VerifiedCheck[]> =>
  verifyJournal(file);
