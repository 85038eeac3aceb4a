import { deserialize, serialize } from 'node:v8';
import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../src/config/limits.ts';
import { logEntityOf } from '../../src/lib/log-entity.ts';
import type { AnalystAction } from '../../src/model/observation.ts';
import { createOrderRoom } from '../../src/order/order-room.ts';
import {
  accepted,
  batchOf,
  buildEvent,
  control,
  describeSteps,
  duplicate,
  laneKey,
  SECOND,
  tick,
} from './event-builder.ts';

const T = 1_800_000_000 * SECOND;
const at = (id: string, seconds: number, node = 'node-a') =>
  buildEvent({ id, node, orderTime: T + seconds * SECOND });

describe('watermark', () => {
  test('an event waits until its lane is past it by the lateness, strictly', () => {
    const room = createOrderRoom({ limits: LIMITS });
    expect(describeSteps(room.step(batchOf([accepted(at('a', 0)), accepted(at('b', 5))])))).toEqual(
      [],
    );
    const after = room.step(batchOf([accepted(buildEvent({ id: 'c', orderTime: T + 5e6 + 1 }))]));
    expect(describeSteps(after)).toEqual(['a@node-a#0 x1']);
    expect(after.watermark).toBe(T + 1);
  });

  test('the slowest lane that counts holds the whole', () => {
    const room = createOrderRoom({ limits: LIMITS });
    room.step(batchOf([accepted(at('slow', 0, 'node-b')), accepted(at('a', 1))]));
    expect(describeSteps(room.step(batchOf([accepted(at('b', 30))])))).toEqual([]);
    expect(room.status().watermark).toBe(T - 5 * SECOND);
    const after = room.step(batchOf([accepted(at('c', 29, 'node-b'))]));
    expect(describeSteps(after)).toEqual(['slow@node-b#0 x1', 'a@node-a#0 x1']);
  });

  test('a tick releases what is older than the lateness and comes after it', () => {
    const room = createOrderRoom({ limits: LIMITS });
    room.step(batchOf([accepted(at('a', 0)), accepted(at('b', 1))]));
    const after = room.step(batchOf([tick(T + 5 * SECOND + 1)]));
    expect(describeSteps(after)).toEqual(['a@node-a#0 x1', 'tick']);
  });

  test('the tick waits for the largest lateness of the lanes', () => {
    const room = createOrderRoom({ limits: LIMITS });
    const lane = laneKey('node-b');
    const patient = buildEvent({ id: 'p', node: 'node-b', lane, orderTime: T, latenessMs: 35_000 });
    room.step(batchOf([accepted(patient)]));
    expect(room.step(batchOf([tick(T + 20 * SECOND)])).watermark).toBe(T - 15 * SECOND);
  });

  test('in the first seconds of a run a tick moves nothing and takes no lane out', () => {
    const room = createOrderRoom({ limits: LIMITS });
    room.step(batchOf([accepted(at('a', 0))]));
    const restarted = T + 3600 * SECOND;
    room.step(batchOf([tick(restarted + 9 * SECOND, restarted)]));
    expect(room.status()).toMatchObject({ watermark: T - 5 * SECOND, heldEvents: 1 });
    expect(room.status().lanes[0]?.counts).toBe(true);
    room.step(batchOf([tick(restarted + 10 * SECOND, restarted)]));
    expect(room.status()).toMatchObject({ watermark: restarted + 5 * SECOND, heldEvents: 0 });
  });

  test('without lanes the tick uses the default lateness', () => {
    const room = createOrderRoom({ limits: LIMITS });
    expect(room.step(batchOf([tick(T)])).watermark).toBe(T - 5 * SECOND);
  });

  test('it never runs back when an older lane joins', () => {
    const room = createOrderRoom({ limits: LIMITS });
    room.step(batchOf([accepted(at('a', 100))]));
    const after = room.step(batchOf([accepted(at('old', 0, 'node-b'))]));
    expect(describeSteps(after)).toEqual(['old@node-b#0 x1 late']);
    expect(after).toMatchObject({ watermark: T + 95 * SECOND, lateCount: 1 });
  });
});

describe('lanes', () => {
  test('a silent lane stops counting at a tick and counts again at the next tick it speaks by', () => {
    const room = createOrderRoom({ limits: LIMITS });
    const counts = () => room.status().lanes.map((lane) => `${lane.node} ${lane.counts}`);
    room.step(batchOf([accepted(at('a', 0)), accepted(at('b', 0, 'node-b'))]));
    room.step(batchOf([accepted(at('c', 29)), tick(T + 31 * SECOND)]));
    expect(counts()).toEqual(['node-a true', 'node-b false']);
    room.step(batchOf([accepted(at('d', 32, 'node-b'))]));
    expect(counts()).toEqual(['node-a true', 'node-b false']);
    room.step(batchOf([tick(T + 33 * SECOND)]));
    expect(counts()).toEqual(['node-a true', 'node-b true']);
  });

  test('a lane far behind the median of its partition stops counting, shown with its amount', () => {
    const room = createOrderRoom({ limits: LIMITS });
    const receivedAt = T + 100 * SECOND;
    const slow = { ...at('slow', 10, 'node-slow'), receivedAt };
    const nodes = ['node-a', 'node-b', 'node-c'];
    room.step(batchOf([accepted(slow), ...nodes.map((node) => accepted(at(node, 100, node)))]));
    room.step(batchOf([tick(T + 101 * SECOND)]));
    const lane = room.status().lanes.find(({ node }) => node === 'node-slow');
    expect(lane).toMatchObject({ counts: false, behindMs: 90_000, sensor: 'tetragon' });
  });

  test('beyond the maximum, lanes of one carrier share one', () => {
    const room = createOrderRoom({ limits: { ...LIMITS, lanesMax: 2 } });
    const nodes = ['n1', 'n2', 'n3', 'n4'];
    room.step(batchOf(nodes.map((node, index) => accepted(at(node, index, node)))));
    expect(room.status().lanes.map(({ carrier, node }) => `${carrier} ${node}`)).toEqual([
      'http n1',
      'http n2',
      'http *',
    ]);
    expect(room.status().lanes.at(-1)?.newest).toBe(T + 3 * SECOND);
  });

  test('a lane silent for an hour is forgotten', () => {
    const room = createOrderRoom({ limits: LIMITS });
    room.step(batchOf([accepted(at('a', 0)), accepted(at('b', 3000, 'node-b'))]));
    room.step(batchOf([tick(T + 3600 * SECOND)]));
    expect(room.status().lanes.map(({ node }) => node)).toEqual(['node-b']);
  });

  test('of several ticks in a row only the newest matters', () => {
    const arrivals = ['n1', 'n2', 'n3'].map((node, index) =>
      accepted({ ...at(node, index * 55, node), receivedAt: T + 110 * SECOND }),
    );
    const ticks = [1, 20, 31, 45, 3700].map((seconds) => tick(T + (110 + seconds) * SECOND));
    const all = createOrderRoom({ limits: LIMITS });
    const newest = createOrderRoom({ limits: LIMITS });
    all.step(batchOf([...arrivals, ...ticks]));
    newest.step(batchOf([...arrivals, ...ticks.slice(-1)]));
    expect(all.snapshot()).toEqual(newest.snapshot());
  });
});

describe('order', () => {
  test('equal times: nanoseconds, then lane, position and id decide', () => {
    const room = createOrderRoom({ limits: LIMITS });
    const events = [
      buildEvent({ id: 'e6', orderTime: T, orderNanos: 1 }),
      buildEvent({ id: 'e5', orderTime: T, node: 'node-b' }),
      buildEvent({ id: 'e4', orderTime: T, position: 3 }),
      buildEvent({ id: 'e3', orderTime: T, position: 2 }),
      buildEvent({ id: 'e2', orderTime: T, position: 1 }),
      buildEvent({ id: 'e1', orderTime: T, position: 1 }),
    ];
    const end = control({ kind: 'end' });
    const after = room.step(batchOf([...events.map((event) => accepted(event)), end]));
    expect(after.steps.map((step) => (step.kind === 'event' ? step.event.id : 'end'))).toEqual([
      'e1',
      'e2',
      'e3',
      'e4',
      'e5',
      'e6',
      'end',
    ]);
  });

  test('the end of a stream releases everything and forgets the time', () => {
    const room = createOrderRoom({ limits: LIMITS });
    room.step(batchOf([accepted(at('a', 100)), control({ kind: 'end' })]));
    expect(room.status()).toMatchObject({ watermark: null, lanes: [], heldEvents: 0 });
    expect(room.step(batchOf([accepted(at('b', 0))])).lateCount).toBe(0);
  });

  test('a clock that was set back begins anew', () => {
    const room = createOrderRoom({ limits: LIMITS });
    const reset = control({ kind: 'clock-reset', receivedAt: T });
    const after = room.step(batchOf([accepted(at('a', 9999)), reset, accepted(at('b', 0))]));
    expect(describeSteps(after)).toEqual(['a@node-a#0 x1', 'clock-reset']);
  });

  test('controls go at once, in place; an action knows what is held', () => {
    const room = createOrderRoom({ limits: LIMITS });
    const container = { id: 'abcdef0123456789', name: null, image: null };
    const pod = { namespace: 'shop', name: 'cart', uid: 'u', workload: null, workloadKind: null };
    const action: AnalystAction = {
      kind: 'action',
      id: 'x',
      action: 'close',
      incidentId: 'i',
      actor: 'me',
      via: 'api',
      verdict: null,
      text: null,
      ifVersion: 1,
      at: T,
    };
    const alice = {
      kind: 'kubernetes',
      namespace: 'shop',
      resource: 'secrets',
      name: null,
      podName: null,
      user: 'alice',
      account: null,
      verb: 'list',
    } as const;
    const entry = { ...at('d', 2), target: alice };
    const batch = [
      accepted({ ...at('a', 0), container, pod }),
      accepted({ ...at('b', 1), container: { ...container, id: 'abcdef012345' } }),
      accepted(at('c', 2)),
      accepted(entry),
      control(action),
      control({ kind: 'rules', hash: 'h', files: [] }),
    ];
    const [step, rules] = room.step(batchOf(batch)).steps;
    expect(step?.kind === 'control' ? Object.fromEntries(step.held) : null).toEqual({
      'container:default/abcdef012345': 2,
      'node:default/node-a': 3,
      'pod:default/shop/cart': 1,
      [logEntityOf(entry, alice).key]: 1,
    });
    expect(rules?.kind === 'control' ? rules.held.size : null).toBe(0);
  });

  test('the record being worked on is named, none on a tick', () => {
    const room = createOrderRoom({ limits: LIMITS });
    room.step(batchOf([accepted({ ...at('a', 0), journal: { sequence: 7, index: 3 } })]));
    expect(room.progress.record).toEqual({ sequence: 7, index: 3 });
    room.step(batchOf([tick(T)]));
    expect(room.progress.record).toBeNull();
  });
});

describe('duplicates', () => {
  test('of two held copies the smaller key counts, whichever came first', () => {
    const inLaneA = buildEvent({ id: 'x', orderTime: T, lane: laneKey('node-a') });
    const inLaneB = buildEvent({ id: 'x', orderTime: T, lane: laneKey('node-a', 'file-2') });
    for (const copies of [
      [inLaneA, inLaneB],
      [inLaneB, inLaneA],
    ]) {
      const room = createOrderRoom({ limits: LIMITS });
      const [first, second] = copies;
      const arrivals = [accepted(first ?? inLaneA), duplicate(second ?? inLaneB)];
      const after = room.step(batchOf([...arrivals, control({ kind: 'end' })]));
      const [step] = after.steps;
      expect(step).toMatchObject({ kind: 'event', occurrences: 2, event: inLaneA });
      expect(after.steps).toHaveLength(2);
    }
  });

  test('recovery starts at the first copy, also when a later one took its place', () => {
    const room = createOrderRoom({ limits: LIMITS });
    const later = { ...at('x', 0), journal: { sequence: 4, index: 0 } };
    const smaller = { ...later, lane: laneKey('a'), journal: { sequence: 6, index: 0 } };
    room.step(batchOf([accepted(later), duplicate(smaller)]));
    expect(room.heldFromSequence()).toBe(4);
  });

  test('a copy of a released event gives nothing but moves its lane', () => {
    const room = createOrderRoom({ limits: LIMITS });
    room.step(batchOf([accepted(at('a', 0)), accepted(at('b', 50))]));
    const copy = { ...at('a', 0), receivedAt: T + 60 * SECOND };
    const after = room.step(batchOf([duplicate(copy)]));
    expect(after.steps).toEqual([]);
    expect(room.status().lanes[0]?.lastReceivedAt).toBe(T + 60 * SECOND);
  });

  test('a copy ordered by a later receipt never takes the place of its event', () => {
    const room = createOrderRoom({ limits: LIMITS });
    const event = at('timeless', 0);
    const copy = at('timeless', 3);
    room.step(batchOf([accepted(event), duplicate(copy)]));
    expect(describeSteps(room.step(batchOf([tick(T + 6 * SECOND)])))).toEqual([
      'timeless@node-a#0 x2',
      'tick',
    ]);
    const again = createOrderRoom({ limits: LIMITS });
    again.restore(deserialize(serialize(room.snapshot())));
    again.rehold([accepted(event), duplicate(copy)]);
    expect(again.status().heldEvents).toBe(0);
  });
});

describe('bytes', () => {
  test('over the maximum the oldest go early, all of their microsecond, and the watermark follows', () => {
    const room = createOrderRoom({ limits: { ...LIMITS, heldBytesMax: 10_000 } });
    const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
    const events = ids.map((id, index) => at(id, index < 2 ? 0 : 1, `n-${id}`));
    const after = room.step(batchOf(events.map((event) => accepted(event))));
    expect(describeSteps(after)).toEqual(['a@n-a#0 x1', 'b@n-b#0 x1']);
    expect(room.status()).toMatchObject({
      watermark: T + 1,
      heldBytes: 8000,
      releasedEarlyEvents: 2,
    });
    expect(room.step(batchOf([accepted(at('g', 0, 'n-g'))])).lateCount).toBe(1);
  });
});
