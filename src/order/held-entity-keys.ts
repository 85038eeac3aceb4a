import { containerKey, nodeKey, podKey } from '../lib/entity-keys.ts';
import { logEntityOf } from '../lib/log-entity.ts';
import type { SecurityEvent } from '../model/security-event.ts';
import type { HeldEvent } from './held-events.ts';

/**
 * Keys of the container, the pod (by namespace and name) and the node an event speaks of. An entry
 * of a log speaks of no node, but of who acted where.
 */
function heldEntityKeys(event: SecurityEvent): string[] {
  const { cluster, container, pod, node, target } = event;
  const keys: string[] = [];
  if (container !== null) keys.push(containerKey(cluster, container.id));
  if (pod !== null) keys.push(podKey(cluster, null, `${pod.namespace}/${pod.name}`));
  if (target !== null) keys.push(logEntityOf(event, target).key);
  else if (node !== '') keys.push(nodeKey(cluster, node));
  return keys;
}

/** How many held events speak of each entity. */
export function countByEntity(heldEvents: Iterable<HeldEvent>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { event } of heldEvents) {
    for (const key of heldEntityKeys(event)) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}
