import { describe, expect, test } from 'vitest';
import type { Arrival } from '../../../src/model/batch.ts';
import type { SecurityEvent } from '../../../src/model/security-event.ts';
import { createSensorsRoom } from '../../../src/sensors/sensors-room.ts';
import { peekEvent } from '../../../src/store/peek-event.ts';
import { wireSamples } from '../../support/wire-samples.ts';
import { HTTP_ORIGIN, RECEIVED_AT } from '../samples.ts';

const SAMPLES = wireSamples().filter(({ sensor }) => sensor === 'tetragon');
const fileOf = (name: string): string => name.slice(name.indexOf('/') + 1, name.indexOf('.ndjson'));

/** Reads all samples in one batch, each twice. */
function readAll(reuse: boolean): readonly Arrival[] {
  const room = createSensorsRoom({ faults: new Set(), reuse });
  const lines = SAMPLES.flatMap(({ text }) => [text, text]);
  const records = lines.map((text, position) => ({ bytes: Buffer.from(text), position }));
  const part = { origin: HTTP_ORIGIN, receivedAt: RECEIVED_AT, records };
  return room.step({ sequence: 1, parts: [part] }).arrivals;
}

const ARRIVALS = readAll(true);
const events = SAMPLES.map((sample, index) => {
  const arrival = ARRIVALS[index * 2];
  if (arrival?.outcome !== 'accepted')
    throw new Error(`${sample.name}: ${JSON.stringify(arrival)}`);
  return { sample, event: arrival.event };
});

test('each is accepted once, and its copy is known', () => {
  const outcomes = ARRIVALS.map(({ outcome }) => outcome);
  expect(outcomes).toEqual(SAMPLES.flatMap(() => ['accepted', 'duplicate']));
});

test('remembering processes changes nothing', () => {
  expect(readAll(false)).toEqual(ARRIVALS);
});

describe('each version sends', () => {
  const basic = ['exec', 'exit', 'kprobe'];
  test.each([
    ['0.8', [...basic, 'health', 'other', 'tracepoint']],
    ['0.9', [...basic, 'health', 'loader', 'tracepoint', 'uprobe']],
    ['0.10', [...basic, 'loader', 'uprobe']],
    ['0.11', basic],
    ['1.0', [...basic, 'tracepoint', 'uprobe']],
    ['1.1', [...basic, 'tracepoint']],
    ['1.2', [...basic, 'health', 'lsm']],
    ['1.3', [...basic, 'lsm', 'tracepoint']],
    ['1.4', [...basic, 'lsm', 'tracepoint', 'uprobe']],
    ['1.5', [...basic, 'loader', 'lsm', 'uprobe']],
    ['1.6', [...basic, 'health', 'loader', 'tracepoint', 'uprobe', 'usdt']],
    ['1.7', [...basic, 'health', 'loader', 'lsm', 'tracepoint', 'uprobe', 'usdt']],
    ['enterprise', ['other']],
    ['future', ['exec', 'other']],
  ])('%s', (file, kinds) => {
    const found = events.filter(({ sample }) => fileOf(sample.name) === file);
    expect([...new Set(found.map(({ event }) => event.kind))].toSorted()).toEqual(kinds.toSorted());
  });
});

test('every type of argument is among them', () => {
  const types = new Set(
    events.flatMap(({ event }) => event.hook?.arguments.map(({ type }) => type) ?? []),
  );
  const expected = [
    'string int skb size bytes path file truncated_bytes sock cred long bpf_attr perf_event bpf_map',
    'uint user_namespace capability process_credentials user_ns module kernel_cap_t syscall_id',
    'cap_inheritable cap_permitted cap_effective linux_binprm net_dev bpf_cmd sockaddr bpf_prog',
    'error sockaddrun unknown',
  ].flatMap((line) => line.split(' '));
  expect(expected.filter((type) => !types.has(type))).toEqual([]);
});

test('only samples with something missing are flagged', () => {
  const flagged = events.flatMap(({ sample, event }) =>
    event.flags.length === 0
      ? []
      : [`${fileOf(sample.name)} ${event.kind} ${event.flags.join(' ')}`],
  );
  expect(flagged).toEqual([
    '0.10 exec baseline',
    '0.8 kprobe truncated',
    '0.8 health no-time',
    '1.1 exec truncated',
    '1.1 kprobe truncated',
    '1.7 exec truncated',
    '1.7 kprobe truncated',
    '1.7 kprobe truncated',
  ]);
});

/** What the journal's list must say of an event. */
const listed = ({ kind, node, time, flags, pod, container }: SecurityEvent) => ({
  sensor: 'tetragon',
  kind,
  node,
  time: flags.includes('no-time') ? null : time,
  namespace: pod?.namespace ?? null,
  pod: pod?.name ?? null,
  podUid: pod?.uid ?? null,
  container: container?.id ?? null,
});

test('the journal shows of each what the sensors read', () => {
  for (const { sample, event } of events) {
    const peeked = peekEvent(Buffer.from(sample.text));
    expect(peeked, sample.name).toMatchObject(listed(event));
    if (event.hook !== null) expect(peeked?.texts).toContain(event.hook.functionName);
  }
});
