import { Observable, type OperatorFunction } from 'rxjs';
import type { Flow } from './flow.ts';

export interface GatherOptions<Item> {
  readonly flow: Flow;
  readonly sizeOf: (item: Item) => number;
  /** A group of this size closes while fewer than `openMax` groups are under way. */
  readonly groupBytes: number;
  readonly openMax: number;
  readonly openBytesMax: number;
}

/** Groups under way below which a waiting item does not wait for company. */
const EAGER_OPEN_MAX = 2;

/**
 * Gathers items into groups without a timer. The first item schedules a turn of the event loop;
 * whatever came by then is one group. While two groups are under way, items wait for the next one
 * to end, or until they fill a group. So an idle pipeline answers at once and a busy one works in
 * large groups.
 *
 * @example items$.pipe(gather({ flow, sizeOf, groupBytes: 1 << 20, openMax: 4, openBytesMax: 1 << 24 }))
 */
export function gather<Item>(options: GatherOptions<Item>): OperatorFunction<Item, Item[]> {
  const { flow, sizeOf, groupBytes, openMax, openBytesMax } = options;
  return (source) =>
    new Observable((subscriber) => {
      let waiting: Item[] = [];
      let waitingBytes = 0;
      let scheduled = false;
      let sourceDone = false;

      const mayClose = (): boolean => {
        if (waiting.length === 0) return false;
        if (flow.count < EAGER_OPEN_MAX) return true;
        return waitingBytes >= groupBytes && flow.count < openMax && flow.bytes < openBytesMax;
      };
      const close = (): void => {
        scheduled = false;
        while (mayClose() && !subscriber.closed) {
          const group = takeGroup();
          subscriber.next(group);
        }
        if (sourceDone && waiting.length === 0) subscriber.complete();
      };
      const takeGroup = (): Item[] => {
        let size = 0;
        let end = 0;
        while (end < waiting.length && size < groupBytes) {
          size += sizeOf(waiting[end] as Item);
          end += 1;
        }
        const group = waiting.slice(0, end);
        waiting = waiting.slice(end);
        waitingBytes -= size;
        flow.begin(size);
        return group;
      };
      const schedule = (): void => {
        if (scheduled || !mayClose()) return;
        scheduled = true;
        setImmediate(close);
      };

      flow.onEnd(schedule);
      return source.subscribe({
        next(item) {
          waiting.push(item);
          waitingBytes += sizeOf(item);
          schedule();
        },
        error(error: unknown) {
          subscriber.error(error);
        },
        complete() {
          sourceDone = true;
          if (waiting.length === 0) subscriber.complete();
          else schedule();
        },
      });
    });
}
