// How much garbage the heap of a process that works through a lot of data may hold.
import { setFlagsFromString } from 'node:v8';

/**
 * Events are held for seconds, long enough to leave the young generation, so the old one grows by
 * all of them until it is collected. V8 waits until it is up to four times as large as what lives
 * in it; from now on it does so at this percentage above.
 */
const OLD_GROWTH_PERCENT = 60;

/** Bounds the heap from now on; all it costs is collecting garbage more often. */
export function boundHeap(): void {
  setFlagsFromString(`--heap-growing-percent=${OLD_GROWTH_PERCENT}`);
}
