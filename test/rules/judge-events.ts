import { LIMITS } from '../../src/config/limits.ts';
import { createCorrelateRoom } from '../../src/correlate/correlate-room.ts';
import { createDetectRoom } from '../../src/detect/detect-room.ts';
import { createEnrichRoom } from '../../src/enrich/enrich-room.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { RuleFile } from '../../src/model/observation.ts';
import type { Origin } from '../../src/model/origin.ts';
import type { Part } from '../../src/model/part.ts';
import { createOrderRoom } from '../../src/order/order-room.ts';
import { createSensorsRoom } from '../../src/sensors/sensors-room.ts';

const RECEIVED_AT = Date.parse('2026-05-11T23:00:00Z') * 1000;
const LATENESS_MS = 3_600_000;

/** Sends raw events from the sensors room to the correlate room, as one replayed file. */
export function findingsOf(files: readonly RuleFile[], events: readonly string[]): Finding[] {
  const rooms = {
    sensors: createSensorsRoom({ faults: new Set() }),
    order: createOrderRoom({ limits: LIMITS }),
    enrich: createEnrichRoom({ limits: LIMITS }),
    detect: createDetectRoom(),
    correlate: createCorrelateRoom(),
  };
  const parts = [
    partOf({ kind: 'rules' }, [JSON.stringify({ kind: 'rules', hash: 'test', files })]),
    partOf(EVENTS, events),
    partOf({ kind: 'clock' }, [JSON.stringify({ kind: 'end' })]),
  ];
  const normalized = rooms.sensors.step({ sequence: 1, parts });
  const refused = normalized.arrivals.find((arrival) => arrival.outcome === 'rejected');
  if (refused !== undefined) throw new Error(`refused: ${JSON.stringify(refused)}`);
  const enriched = rooms.enrich.step(rooms.order.step(normalized));
  const { findings, correlations } = rooms.correlate.step(rooms.detect.step(enriched));
  return [...findings.flat(), ...correlations.flat()];
}

export const judgeEvents = (
  files: readonly RuleFile[],
  events: readonly string[],
): ReadonlySet<string> => new Set(findingsOf(files, events).map(({ ruleId }) => ruleId));

const EVENTS: Origin = {
  kind: 'events',
  carrier: 'file',
  partition: 'test',
  sensor: 'any',
  cluster: 'default',
  latenessMs: LATENESS_MS,
};

const partOf = (origin: Origin, records: readonly string[]): Part => ({
  origin,
  receivedAt: RECEIVED_AT,
  records: records.map((text, position) => ({ bytes: Buffer.from(text), position })),
});
