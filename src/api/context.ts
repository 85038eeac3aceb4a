import type { FastifyBaseLogger, FastifyPluginAsync } from 'fastify';
import type { Access } from '../config/access.ts';
import type { ArrivalsReport } from '../doctor/arrivals-report.ts';
import type { Receipt } from '../model/incident.ts';
import type { Micros } from '../model/micros.ts';
import type { AnalystAction } from '../model/observation.ts';
import type { Scope } from '../model/scope.ts';
import type { StoreReader } from '../store/ports.ts';
import type { RequestDone } from '../telemetry/metrics.ts';

/** Everything the API is given. It reads, and it submits actions; it writes nothing itself. */
export interface ApiContext {
  readonly reader: StoreReader;
  /** Resolves after the commit. Rejects if the action was not taken. */
  submitAction(action: SubmittedAction): Promise<Receipt>;
  /** Believes a wall clock that was set back; resolves with its time. */
  resetClock(): Promise<Micros>;
  live(): LiveStatus;
  /** What came from the sensors since the start. */
  arrivals(scope: Scope): ArrivalsReport;
  /** The text of `/metrics`. */
  metrics(): Promise<string>;
  readonly access: Access;
  readonly version: string;
  /** Null says nothing. */
  readonly logger: FastifyBaseLogger | null;
  /** Routes below `/v1/ingest`; they check their own credentials. */
  readonly ingestPlugin?: FastifyPluginAsync;
  /** Wall clock, for relative times such as `now-24h`. */
  now(): Micros;
  /** Told of every answered request. */
  readonly onRequestDone?: (request: RequestDone) => void;
}

export type SubmittedAction = Omit<AnalystAction, 'at' | 'kind'>;

/** What is true now and stands in no database. */
export interface LiveStatus {
  /** Reasons to be ready or not; not ready if one of them is not ok. */
  readonly checks: readonly Check[];
  readonly watermark: Micros | null;
  readonly lanes: readonly LiveLane[];
  readonly held: { readonly events: number; readonly bytes: number };
  /** Bytes of requests that wait for their commit, and how many may. */
  readonly intake: { readonly bytes: number; readonly max: number };
  readonly late: number;
  readonly releasedEarly: number;
  readonly files: readonly LiveFile[];
}

/** A followed file. */
export interface LiveFile {
  readonly path: string;
  readonly cluster: string;
  /** Byte up to which it was read; null if there was no file yet. */
  readonly position: number | null;
  /** Bytes not read yet, those of its rotated files included. */
  readonly behindBytes: number;
  /** Records so far. */
  readonly lines: number;
  readonly lastReadAt: Micros | null;
  readonly error: string | null;
}

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** One source of events as the watermark sees it. */
export interface LiveLane {
  readonly carrier: string;
  readonly partition: string;
  readonly sensor: string;
  readonly cluster: string;
  readonly node: string;
  readonly newest: Micros;
  /** Does it hold the watermark at the moment? */
  readonly counts: boolean;
  readonly behindMs: number;
}
