import type { SecurityEvent } from '../model/security-event.ts';

/**
 * The total order of events: order time with its nanoseconds, lane, position in the partition or
 * file, id. Nothing in it depends on when or how an event came. Negative if `left` comes first.
 */
export function compareOrder(left: SecurityEvent, right: SecurityEvent): number {
  if (left.orderTime !== right.orderTime) return left.orderTime - right.orderTime;
  if (left.orderNanos !== right.orderNanos) return left.orderNanos - right.orderNanos;
  if (left.lane !== right.lane) return left.lane < right.lane ? -1 : 1;
  if (left.position !== right.position) return left.position - right.position;
  if (left.id === right.id) return 0;
  return left.id < right.id ? -1 : 1;
}
