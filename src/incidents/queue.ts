/** First in, first out, as plain data. Taken items are cut off in blocks, so taking is cheap. */
export interface Queue {
  items: string[];
  head: number;
}

const CUT_AFTER = 1024;

export const newQueue = (): Queue => ({ items: [], head: 0 });

export function takeOldest(queue: Queue): string | null {
  const item = queue.items[queue.head];
  if (item === undefined) return null;
  queue.head += 1;
  if (queue.head >= CUT_AFTER && queue.head * 2 > queue.items.length) {
    queue.items = queue.items.slice(queue.head);
    queue.head = 0;
  }
  return item;
}

/** Drops stale and repeated items once there are more than `max`, keeping the order. */
export function sweepWhenLong(queue: Queue, max: number, keep: (item: string) => boolean): void {
  if (queue.items.length - queue.head <= max) return;
  queue.items = [...new Set(queue.items.slice(queue.head))].filter((item) => keep(item));
  queue.head = 0;
}
