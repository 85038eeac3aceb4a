// What the test and the server in its own process say to each other.
import type { RoomName } from '../../../src/model/room.ts';

/** A throw to plant into the core. */
export interface Plant {
  readonly room: RoomName;
  /** Text in a raw event; reading anything of that event throws. */
  readonly marker: string;
  /** `event`: at that event. `tick`: at the first tick behind it, as if evaluating `ruleId`. */
  readonly at: 'event' | 'tick';
  /** Rule that is at fault: once it is disabled, nothing throws any more. */
  readonly ruleId: string | null;
}

export interface ChildOptions {
  readonly databaseFile: string;
  readonly rulesDirectory: string;
  readonly port: number;
  readonly snapshotEvents: number;
  readonly latenessMs: number;
  /**
   * `watched`: says what it does. `early`: says a batch is stored before it is, the bug that the
   * suite must find.
   */
  readonly writer: 'watched' | 'early';
  /** Milliseconds between a real commit and its answer (or, if early, between answer and commit). */
  readonly hold: { readonly minMs: number; readonly maxMs: number } | null;
  readonly plants: readonly Plant[];
  /** Files to follow. */
  readonly follow?: readonly string[];
}

export type ChildMessage =
  | { readonly kind: 'ready'; readonly url: string }
  | { readonly kind: 'commit-began' | 'commit-done'; readonly sequence: number }
  | { readonly kind: 'snapshot-began' | 'snapshot-ended'; readonly sequence: number };
