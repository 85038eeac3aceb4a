import type { Arrival, Normalized, Ordered, Step } from '../../src/model/batch.ts';
import type { Control } from '../../src/model/observation.ts';
import type { SecurityEvent } from '../../src/model/security-event.ts';

export const SECOND = 1_000_000;

/** Lane key as the sensors build it. */
export const laneKey = (node: string, partition = '', sensor = 'tetragon'): string =>
  ['http', partition, sensor, 'default', node].join('\0');

/** A plain Tetragon exec at `orderTime` on `node-a`, changed by what is given. */
export function buildEvent(changes: Partial<SecurityEvent> & { id: string }): SecurityEvent {
  const orderTime = changes.orderTime ?? changes.time ?? 0;
  const node = changes.node ?? 'node-a';
  return {
    cluster: 'default',
    sensor: 'tetragon',
    kind: 'exec',
    time: orderTime,
    timeNanos: 0,
    orderTime,
    orderNanos: 0,
    receivedAt: orderTime,
    carrier: 'http',
    lane: laneKey(node),
    position: 0,
    latenessMs: 5000,
    flags: [],
    node,
    container: null,
    onHost: false,
    pod: null,
    process: null,
    parent: null,
    ancestors: [],
    file: null,
    network: null,
    hook: null,
    exit: null,
    alert: null,
    target: null,
    health: null,
    bytes: 2000,
    journal: { sequence: 1, index: 0 },
    ...changes,
  };
}

export const accepted = (event: SecurityEvent): Arrival => ({ outcome: 'accepted', event });
export const duplicate = (event: SecurityEvent): Arrival => ({ outcome: 'duplicate', event });
export const control = (value: Control, sequence = 1): Arrival => ({
  outcome: 'control',
  control: value,
  journal: { sequence, index: 0 },
});
export const tick = (receivedAt: number, runStartedAt = -1000 * SECOND): Arrival =>
  control({ kind: 'tick', receivedAt, runStartedAt });

export const batchOf = (arrivals: readonly Arrival[], sequence = 1): Normalized => ({
  sequence,
  parts: [],
  arrivals,
});

/** What of the steps must be equal in two runs, as text that reads well in a failure. */
export const describeStep = (step: Step): string =>
  step.kind === 'event'
    ? `${step.event.id}@${step.event.lane.split('\0').at(-1)}#${step.event.position} x${step.occurrences}${step.late ? ' late' : ''}`
    : step.control.kind;

export const describeSteps = (ordered: Ordered): string[] => ordered.steps.map(describeStep);
