import type {
  AlertFacts,
  ContainerRef,
  EventKind,
  ExitFacts,
  KprobeFacts,
  NetworkFacts,
  ProcessFacts,
  SensorPod,
} from '../model/security-event.ts';
import type { Rejection, SkipReason } from '../model/rejection.ts';
import type { TimeReader } from './event-time.ts';
import type { FieldReader } from './field-reader.ts';
import type { OwnTime } from './order-time.ts';

/** What a sensor's folder makes of one record; the room adds where and when it was received. */
export interface Reading {
  readonly kind: EventKind;
  readonly time: OwnTime | null;
  readonly node: string;
  readonly container: ContainerRef | null;
  readonly onHost: boolean;
  readonly pod: SensorPod | null;
  readonly process: ProcessFacts | null;
  readonly parent: ProcessFacts | null;
  readonly file: string | null;
  readonly network: NetworkFacts | null;
  readonly kprobe: KprobeFacts | null;
  readonly exit: ExitFacts | null;
  readonly alert: AlertFacts | null;
}

export type ReadResult =
  | {
      readonly kind: 'read';
      readonly reading: Reading;
      /** What identifies the event, in the published order and framed; see `event-id.ts`. */
      readonly identity: string;
    }
  | { readonly kind: 'rejected'; readonly rejection: Rejection }
  | { readonly kind: 'skipped'; readonly reason: SkipReason };

export const SENSOR_MESSAGE: ReadResult = { kind: 'skipped', reason: 'sensor-message' };

/** Shared by all records, one after the other; nothing in it changes an answer. */
export interface ReadTools {
  /** Cluster of the records being read; node names repeat in other clusters. */
  cluster: string;
  readonly fields: FieldReader;
  readonly times: TimeReader;
}
