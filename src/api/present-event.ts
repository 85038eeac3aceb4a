import type { Static } from 'typebox';
import { formatTime } from '../lib/format-time.ts';
import type { StoredEvent } from '../store/ports.ts';
import type { EventBody } from './schemas/event.ts';

/** An event with its verbatim text. Nothing of the text is interpreted. */
export const presentEvent = (event: StoredEvent): Static<typeof EventBody> => ({
  id: event.eventId,
  time: formatTime(event.time),
  sensor: event.sensor,
  kind: event.kind,
  node: event.node,
  namespace: event.namespace,
  pod: event.pod,
  container: event.container,
  occurrences: event.occurrences,
  journal: { sequence: event.journal.sequence, index: event.journal.index },
  source: event.source,
  raw: event.raw,
});
