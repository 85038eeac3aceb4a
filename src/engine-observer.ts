import type { Arrivals } from './doctor/arrivals.ts';
import type { EngineObserver } from './engine.ts';
import { MICROS_PER_SECOND, type Micros } from './model/micros.ts';
import type { StoreWriter } from './store/ports.ts';
import type { Logger } from './telemetry/log.ts';
import type { Metrics } from './telemetry/metrics.ts';

export interface ObserverOptions {
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Left out where nobody asks what arrives (replays). */
  readonly arrivals?: Arrivals;
  /** Null: nothing is deleted by age or size (replays). */
  readonly writer: StoreWriter | null;
  readonly wallTime: () => Micros;
}

export interface Observer extends EngineObserver {
  /** Faults of the core in the last ten minutes. */
  recentFaults(): number;
  stop(): void;
}

const RECENT: Micros = 600 * MICROS_PER_SECOND;
const RETENTION_EVERY_MS = 60_000;
const MS_PER_SECOND = 1000;

/** Turns what the engine says into log lines and metrics, and keeps the journal within its bounds. */
export function observeEngine(options: ObserverOptions): Observer {
  const { log, metrics, arrivals, writer, wallTime } = options;
  let faults: Micros[] = [];
  const retain = async (): Promise<void> => {
    try {
      const rows = (await writer?.retain(wallTime())) ?? 0;
      if (rows > 0) log.info({ rows }, 'Old journal rows were deleted.');
    } catch (error) {
      log.warn({ err: error }, 'Old journal rows could not be deleted.');
    }
  };
  const timer = writer === null ? null : setInterval(() => void retain(), RETENTION_EVERY_MS);
  return {
    onStored({ batch, result }) {
      arrivals?.onBatch(batch);
      metrics.batchJudged(batch, batch.judgedMs / MS_PER_SECOND);
      if (result !== null) metrics.batchCommitted(result.commitMs / MS_PER_SECOND);
    },
    onStall(stalled, error) {
      if (stalled) log.error({ err: error }, 'The database can not be written; intake is stopped.');
      else log.warn({}, 'The database is written again; intake goes on.');
    },
    onSnapshot(sequence, tookMs) {
      metrics.snapshotSaved(tookMs / MS_PER_SECOND);
      log.debug({ sequence, tookMs }, 'A snapshot was stored.');
    },
    onSnapshotFailed(error) {
      log.warn({ err: error }, 'A snapshot could not be stored; a restart will take longer.');
    },
    onFault(fault) {
      metrics.coreFaulted(1);
      log.error({ fault }, 'The core failed on a record; it is set aside at the next start.');
    },
    onRecovered(recovered) {
      faults = recovered.faults.map((fault) => fault.at);
      metrics.coreFaulted(faults.length);
      if (recovered.differed > 0) {
        metrics.outputsDiffered(recovered.differed);
        log.warn(
          { rows: recovered.differed },
          'Journal rows were judged anew with another result.',
        );
      }
      const { snapshotSequence, replayedRows } = recovered;
      log.info({ snapshotSequence, replayedRows }, 'The state is recovered.');
    },
    recentFaults() {
      const since = wallTime() - RECENT;
      return faults.filter((at) => at >= since).length;
    },
    stop() {
      if (timer !== null) clearInterval(timer);
    },
  };
}
