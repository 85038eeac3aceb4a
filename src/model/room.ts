import type { JournalRef } from './part.ts';

/**
 * One room of the core: a fold with state. `step` is called once per batch and handles one record
 * after the other; nothing in it may depend on where a batch or part ends.
 */
export interface Room<Before, After extends Before> {
  readonly name: RoomName;
  step(batch: Before): After;
  /** Plain data that structured cloning can copy: everything `restore` needs and nothing else. */
  snapshot(): unknown;
  restore(state: unknown): void;
  /** What was being worked on, for the report when `step` throws. */
  readonly progress: Progress;
}

export type RoomName = 'sensors' | 'order' | 'enrich' | 'detect' | 'correlate' | 'incidents';

/** Written by a room before it touches the next thing, read when something throws. */
export interface Progress {
  /** The record whose event is being worked on; null on a tick. */
  record: JournalRef | null;
  /** The rule being evaluated, if any. */
  ruleId: string | null;
}
