import type { Arrival } from '../model/batch.ts';
import type { Receipt } from '../model/incident.ts';
import type { Part } from '../model/part.ts';

/** What became of a delivery, said only after the commit. */
export interface Outcome {
  /** One per record, over all parts of the delivery. */
  readonly arrivals: readonly Arrival[];
  /** Receipts of all actions of the batch; a door finds its own by the action's id. */
  readonly receipts: readonly Receipt[];
}

/** What one door hands in at once: one or more parts, settled together. */
export interface Delivery {
  readonly parts: readonly Part[];
  readonly bytes: number;
  settle(outcome: Outcome): void;
  fail(error: Error): void;
}
