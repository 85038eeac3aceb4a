import type { Where } from '../model/finding.ts';
import type { LiveIncident } from './live-incident.ts';
import { containerKey, nodeKey, podKey } from '../lib/entity-keys.ts';

/**
 * How many events of an incident's entity were still held when an action came. An event may be
 * counted under its pod and under its container, so the larger count is taken, never the sum.
 */
export function heldEventsOf(incident: LiveIncident, held: ReadonlyMap<string, number>): number {
  // What is about no pod, container or node is counted under its entity itself.
  let most = held.get(incident.entity.key) ?? 0;
  for (const key of heldKeys(incident.where)) most = Math.max(most, held.get(key) ?? 0);
  return most;
}

function heldKeys(where: Where): string[] {
  const keys: string[] = [];
  const { cluster, namespace, pod, containerId, node } = where;
  if (namespace !== null && pod !== null) keys.push(podKey(cluster, null, `${namespace}/${pod}`));
  if (containerId !== null) keys.push(containerKey(cluster, containerId));
  // A whole node is only meant if nothing smaller is known.
  if (keys.length === 0 && node !== null) keys.push(nodeKey(cluster, node));
  return keys;
}
