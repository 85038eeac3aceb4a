// The running Eyrie: engine, ticks, API and doors, started and stopped in good order.
import type { FastifyBaseLogger } from 'fastify';
import { buildApi } from './api/build-api.ts';
import type { Check, LiveStatus } from './api/context.ts';
import { type Access, createAccess } from './config/access.ts';
import type { Config } from './config/config.ts';
import { credentialsOf } from './config/credentials.ts';
import { LIMITS } from './config/limits.ts';
import type { Arrivals } from './doctor/arrivals.ts';
import type { Engine } from './engine.ts';
import { ticks } from './ingest/clock.ts';
import { type FileFollower, followFiles } from './ingest/follow-files.ts';
import type { FileLoss, FollowedFile } from './ingest/follow-target.ts';
import { httpIngest } from './ingest/http.ts';
import { MICROS_PER_MS, MICROS_PER_SECOND, type Micros } from './model/micros.ts';
import type { SourcePosition } from './model/part.ts';
import type { RecoverableRooms } from './recovery.ts';
import type { StoreReader } from './store/ports.ts';
import type { Logger } from './telemetry/log.ts';
import type { Metrics, RequestDone } from './telemetry/metrics.ts';

export interface ServerOptions {
  readonly config: Config;
  readonly engine: Engine;
  readonly rooms: RecoverableRooms;
  readonly reader: StoreReader;
  readonly metrics: Metrics;
  readonly arrivals: Arrivals;
  /** How far followed files were read by earlier runs. */
  readonly positions: readonly SourcePosition[];
  readonly log: Logger;
  readonly version: string;
  readonly logger: FastifyBaseLogger | null;
  readonly wallTime: () => Micros;
  /** Faults of the core in the last ten minutes. */
  readonly recentFaults: () => number;
}

const RECENT_FAULTS_MAX = 5;
const CLOSE_GRACE_MS = 1_000;
const CLOCK_BEHIND_MAX: Micros = 60 * MICROS_PER_SECOND;

/** Opens the doors: HTTP on the configured address, and the clock. Returns the address. */
export async function openDoors(
  options: ServerOptions,
): Promise<{ url: string; close(): Promise<void> }> {
  const { config, engine, reader, metrics, arrivals } = options;
  const access = createAccess(config);
  let follower: FileFollower | null = null;
  const files = (): readonly FollowedFile[] => follower?.files() ?? [];
  const live = (): LiveStatus => liveStatus(options, files());
  const app = await buildApi({
    reader,
    submitAction: (action) => engine.submitAction(action),
    resetClock: () => engine.resetClock(),
    live,
    arrivals: (scope) => arrivals.report(scope),
    metrics: async () => metrics.render(await gauges(options, files())),
    access,
    version: options.version,
    logger: options.logger,
    ingestPlugin: httpIngest(ingestOptions(options, access)),
    now: options.wallTime,
    onRequestDone: (request) => {
      metrics.requestDone(request);
      if (isRefusedByIntake(request)) arrivals.onRefusedRequest(request.status);
    },
  });
  const url = await app.listen({ host: config.listen.host, port: config.listen.port });
  engine.connect(ticks(engine.clock, { everyMs: LIMITS.tickMs, runStartedAt: graceFrom(engine) }));
  follower = await followFiles(followOptions(options));
  const stopFollowing = follower.stop.bind(follower);
  return {
    url,
    async close() {
      await stopFollowing();
      await closeDoors(app);
    },
  };
}

/** What of the records in a body was refused is counted where they are; a 400 says only that all were. */
const isRefusedByIntake = ({ route, status }: RequestDone): boolean =>
  route.startsWith('/v1/ingest') && status > 400;

/** Answers on their way go out; who holds a connection open without end is cut off. */
async function closeDoors(app: Awaited<ReturnType<typeof buildApi>>): Promise<void> {
  const cutOff = setTimeout(() => app.server.closeAllConnections(), CLOSE_GRACE_MS);
  await app.close();
  clearTimeout(cutOff);
}

/**
 * The watermark waits after a start for clients that come back with what was not answered. A new
 * database has no such clients.
 */
function graceFrom({ clock, recovered }: Engine): Micros {
  const isNew = recovered.nextSequence === 1;
  return isNew ? clock.now() - LIMITS.startGraceMs * MICROS_PER_MS : clock.now();
}

function followOptions({ config, engine, metrics, positions, log }: ServerOptions) {
  const { intake, clock } = engine;
  const observer = {
    onLines: (count: number) => metrics.linesFollowed(count),
    onLoss: (loss: FileLoss) => metrics.fileLost(loss),
  };
  return { targets: config.files, positions, intake, clock, observer, log };
}

function ingestOptions({ config, engine, metrics }: ServerOptions, access: Access) {
  return {
    intake: engine.intake,
    clock: engine.clock,
    authorize: (request: Parameters<typeof credentialsOf>[0], pathSecret: string | null) =>
      access.authorize(credentialsOf(request, pathSecret)),
    hasSecrets: access.hasCredentials,
    isSecret: (word: string) => access.authorize({ header: null, url: word }) !== null,
    bodyBytesMax: config.ingest.bodyBytesMax,
    waitMs: config.ingest.intakeWaitMs,
    falcoWaitMs: config.ingest.falcoIntakeWaitMs,
    onRefused: (sensor: string) => metrics.intakeRefused(sensor),
  };
}

function liveStatus(
  { config, engine, rooms, recentFaults }: ServerOptions,
  files: LiveStatus['files'],
): LiveStatus {
  const order = rooms.order.status();
  return {
    checks: checksOf(engine, recentFaults()),
    watermark: order.watermark,
    lanes: order.lanes,
    held: { events: order.heldEvents, bytes: order.heldBytes },
    intake: { bytes: engine.intake.bytes, max: config.ingest.intakeBytesMax },
    late: order.lateEvents,
    releasedEarly: order.releasedEarlyEvents,
    files,
  };
}

function checksOf(engine: Engine, faults: number): readonly Check[] {
  const behindSeconds = Math.round(engine.clock.behind() / MICROS_PER_SECOND);
  return [
    {
      name: 'store',
      ok: !engine.stalled,
      detail: engine.stalled
        ? 'The database can not be written (disk full?). Intake is stopped, nothing stored is harmed.'
        : 'The database is written.',
    },
    {
      name: 'intake',
      ok: engine.intake.open,
      detail: engine.intake.open ? 'Events are taken.' : 'No events are taken.',
    },
    {
      name: 'clock',
      ok: engine.clock.behind() <= CLOCK_BEHIND_MAX,
      detail:
        behindSeconds === 0
          ? 'The wall clock runs on.'
          : `The wall clock is ${behindSeconds} s behind the newest receipt. If it is right now, POST /v1/clock/reset.`,
    },
    {
      name: 'core',
      ok: faults < RECENT_FAULTS_MAX,
      detail: `${faults} faults of the core in the last 10 minutes.`,
    },
  ];
}

async function gauges(
  { engine, rooms, reader, wallTime }: ServerOptions,
  files: readonly FollowedFile[],
) {
  const order = rooms.order.status();
  const status = await reader.status({ clusters: null }).catch(() => null);
  return {
    heldEvents: order.heldEvents,
    heldBytes: order.heldBytes,
    intakeBytes: engine.intake.bytes,
    lanes: order.lanes.length,
    watermarkLagSeconds:
      order.watermark === null ? null : (wallTime() - order.watermark) / MICROS_PER_SECOND,
    incidentsOpen: status?.openBySeverity ?? null,
    lostEvents: rooms.incidents.status().lostEvents,
    filesBehind: sumBehind(files),
  };
}

/** By what was configured: names of single files are not for everybody. */
function sumBehind(files: readonly FollowedFile[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { target, behindBytes } of files) {
    sums.set(target, (sums.get(target) ?? 0) + behindBytes);
  }
  return sums;
}
