import type { Where } from '../model/finding.ts';
import { containerPrefix } from '../lib/entity-keys.ts';

/**
 * Where something happened in the fewest words: namespace/pod, else container, else node, else the
 * namespace that an entry of a log is about, else ''.
 */
export function placeName(where: Where): string {
  if (where.pod !== null) {
    return where.namespace === null ? where.pod : `${where.namespace}/${where.pod}`;
  }
  if (where.container !== null) return where.container;
  if (where.containerId !== null) return containerPrefix(where.containerId);
  if (where.node !== null) return where.node;
  return where.namespace === null ? '' : `namespace ${where.namespace}`;
}

/** What an incident is called: its leading finding and the place of it. */
export function titleOf(leadTitle: string, where: Where): string {
  const place = placeName(where);
  return place === '' ? leadTitle : `${leadTitle} in ${place}`;
}
