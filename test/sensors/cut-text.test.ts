import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import type { SecurityEvent } from '../../src/model/security-event.ts';
import { LIMITS } from '../../src/config/limits.ts';
import { createSensorsRoom } from '../../src/sensors/sensors-room.ts';
import { alert, exec, HTTP_ORIGIN, RECEIVED_AT } from './samples.ts';

const MIB = 1024 * 1024;
const EVENTS = 60;
const LONG = 'x'.repeat(900_000);
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function usedBytes(): number {
  collectGarbage();
  return getHeapStatistics().used_heap_size;
}

const minute = (index: number): string => `2026-05-28T19:${String(index).padStart(2, '0')}:00.`;

test.each([
  ['arguments', (index: number) => exec({ exec_id: `${index}`, arguments: LONG })],
  ['wide arguments', (index: number) => exec({ exec_id: `${index}`, arguments: `\u20ac${LONG}` })],
  ['an output field', (index: number) => alert({ 'proc.cmdline': `${index} ${LONG}` })],
  [
    'a time with very many digits',
    (index: number) => exec({}, { time: `${minute(index)}${'1'.repeat(900_000)}Z` }),
  ],
])('an event with long %s does not keep its record in memory', (_name, sample) => {
  const room = createSensorsRoom({ faults: new Set() });
  const events: SecurityEvent[] = [];
  const read = (index: number): void => {
    const bytes = Buffer.from(JSON.stringify(sample(index)));
    const part = {
      origin: HTTP_ORIGIN,
      receivedAt: RECEIVED_AT,
      records: [{ bytes, position: 0 }],
    };
    const [arrival] = room.step({ sequence: index, parts: [part] }).arrivals;
    if (arrival?.outcome === 'accepted') events.push(arrival.event);
  };
  read(0);
  const before = usedBytes();
  for (let index = 1; index < EVENTS; index += 1) read(index);
  expect(usedBytes() - before).toBeLessThan(8 * MIB);
  expect(events).toHaveLength(EVENTS);
  for (const { process } of events) {
    expect(process?.arguments.length).toBeLessThanOrEqual(LIMITS.fieldCharsMax);
  }
});
