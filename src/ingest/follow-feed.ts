import type { Micros } from '../model/micros.ts';
import type { EventsOrigin } from '../model/origin.ts';
import type { RawRecord, SourcePosition } from '../model/part.ts';
import type { ReceiptClock } from './clock.ts';
import { type Intake, IntakeClosedError } from './intake.ts';

/** Where the records of one path go. */
export interface Feed {
  readonly lastReadAt: Micros | null;
  /**
   * Hands records over with the positions that are true once they are stored. Settles as soon as
   * there is room for more; rejects with an IntakeClosedError when nothing is taken any more.
   */
  push(records: readonly RawRecord[], readTo: readonly SourcePosition[]): Promise<void>;
}

export interface FeedOptions {
  readonly intake: Intake;
  readonly clock: ReceiptClock;
  readonly origin: EventsOrigin;
  readonly onStored: (records: number) => void;
}

/** So many parts may be on their way at once: the next is read while the last is stored. */
const UNSETTLED_MAX = 4;
/** Longest wait a timer can count: a file waits for its turn as long as it takes. */
const PATIENT_MS = 2 ** 31 - 1;

export function createFeed({ intake, clock, origin, onStored }: FeedOptions): Feed {
  const unsettled: Promise<void>[] = [];
  let lastReadAt: Micros | null = null;
  let failure: Error | null = null;
  return {
    get lastReadAt() {
      return lastReadAt;
    },
    async push(records, readTo) {
      let bytes = 0;
      for (const record of records) bytes += record.bytes.byteLength;
      while (unsettled.length >= UNSETTLED_MAX) await unsettled.shift();
      const place = await intake.admit(bytes, PATIENT_MS);
      if (failure !== null) {
        place?.release();
        throw failure;
      }
      if (place === null) throw new IntakeClosedError('Eyrie is stopping and takes nothing more.');
      const receivedAt = clock.now();
      lastReadAt = receivedAt;
      const delivery = intake
        .deliver([{ origin, receivedAt, records, readTo }])
        .then(
          () => onStored(records.length),
          (error: Error) => {
            failure = error;
          },
        )
        .finally(() => place.release());
      unsettled.push(delivery);
    },
  };
}
