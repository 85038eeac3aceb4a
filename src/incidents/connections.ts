import type { Lead } from './live-incident.ts';
import { isEarlierLead } from './live-incident.ts';

/** So many correlations are named in the reasons of an incident. */
const NAMED_MAX = 3;

/**
 * Adds a correlation to those that an incident names: the most severe ones, of those the earliest,
 * each title once. What is named does not depend on the order they come in. True if it changed.
 * Informational ones only serve other correlations and often stand on one finding: they connect
 * nothing.
 */
export function addConnection(named: Lead[], connection: Lead): boolean {
  if (connection.level === 'informational') return false;
  const same = named.findIndex(({ title }) => title === connection.title);
  const known = named[same];
  if (known !== undefined) {
    if (!isEarlierLead(connection, known)) return false;
    named.splice(same, 1);
  }
  const behind = named.findIndex((other) => isEarlierLead(connection, other));
  const place = behind === -1 ? named.length : behind;
  if (place >= NAMED_MAX) return false;
  named.splice(place, 0, connection);
  if (named.length > NAMED_MAX) named.pop();
  return true;
}
