// Bodies as a door would take them, through the splitter and all rooms of the core.
import { DEFAULT_CORE_SETTINGS } from '../../src/config/core-settings.ts';
import { controlPart } from '../../src/ingest/clock.ts';
import { splitBody } from '../../src/ingest/split-records.ts';
import type { Arrival, Raised, Received } from '../../src/model/batch.ts';
import type { EventsOrigin } from '../../src/model/origin.ts';
import type { Part } from '../../src/model/part.ts';
import type { SecurityEvent } from '../../src/model/security-event.ts';
import { createRooms } from '../../src/rooms.ts';

/** Half a minute after the events of the samples. */
export const JUDGED_AT = Date.UTC(2026, 4, 28, 20, 26, 30) * 1000;
const BY_HTTP: EventsOrigin = {
  kind: 'events',
  carrier: 'http',
  partition: '',
  sensor: 'any',
  cluster: 'default',
  latenessMs: 5000,
};
export const BY_FILE: EventsOrigin = { ...BY_HTTP, carrier: 'file', partition: 'a.log' };

export interface JudgeOptions {
  readonly origin?: EventsOrigin;
  /** Text of a file of rules. */
  readonly rules?: string;
}

export interface Judged {
  readonly arrivals: readonly Arrival[];
  readonly events: readonly SecurityEvent[];
  /** Code of a rejection, reason of a skip, else the outcome, one per record. */
  readonly verdicts: readonly string[];
  readonly raised: Raised;
}

/** Judges one body up to the end of its stream. */
export function judgeBody(body: string | Uint8Array, options: JudgeOptions = {}): Judged {
  const { origin = BY_HTTP, rules = '' } = options;
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const records = splitBody(bytes).map((record, position) => ({ bytes: record, position }));
  const files = rules === '' ? [] : [{ path: 'rules.yml', text: rules }];
  const raised = fold([
    controlPart('rules', { kind: 'rules', hash: 'test', files }, JUDGED_AT),
    { origin, receivedAt: JUDGED_AT, records },
    controlPart('clock', { kind: 'end' }, JUDGED_AT),
  ]);
  const arrivals = raised.arrivals.slice(1, -1);
  const events = arrivals.flatMap((arrival) =>
    arrival.outcome === 'accepted' ? [arrival.event] : [],
  );
  return { arrivals, events, verdicts: arrivals.map(verdictOf), raised };
}

function fold(parts: readonly Part[]): Raised {
  const rooms = createRooms(DEFAULT_CORE_SETTINGS);
  const received: Received = { sequence: 1, parts };
  const ordered = rooms.order.step(rooms.sensors.step(received));
  const detected = rooms.detect.step(rooms.enrich.step(ordered));
  return rooms.incidents.step(rooms.correlate.step(detected));
}

function verdictOf(arrival: Arrival): string {
  if (arrival.outcome === 'rejected') return arrival.rejection.code;
  return arrival.outcome === 'skipped' ? arrival.reason : arrival.outcome;
}
