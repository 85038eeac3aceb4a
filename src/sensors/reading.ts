import type { Rejection } from '../model/rejection.ts';
import type { SecurityEvent } from '../model/security-event.ts';
import type { TimeReader } from './event-time.ts';
import type { FieldReader } from './field-reader.ts';
import type { OwnTime } from './order-time.ts';

type FactsOfAnEvent =
  | 'kind'
  | 'node'
  | 'container'
  | 'onHost'
  | 'pod'
  | 'process'
  | 'parent'
  | 'ancestors'
  | 'file'
  | 'network'
  | 'hook'
  | 'exit'
  | 'alert'
  | 'target'
  | 'health';

/** Shared by all events whose sensor lists none. */
export const NO_ANCESTORS: SecurityEvent['ancestors'] = [];

/** What a sensor's folder makes of one record; the room adds where and when it was received. */
export interface Reading extends Pick<SecurityEvent, FactsOfAnEvent> {
  readonly time: OwnTime | null;
}

export type ReadResult =
  | {
      readonly kind: 'read';
      readonly reading: Reading;
      /** What identifies the event, in the published order and framed; see `event-id.ts`. */
      readonly identity: string;
    }
  | { readonly kind: 'rejected'; readonly rejection: Rejection };

/** Shared by all records, one after the other; nothing in it changes an answer. */
export interface ReadTools {
  /** Cluster of the records being read; node names repeat in other clusters. */
  cluster: string;
  readonly fields: FieldReader;
  readonly times: TimeReader;
}
