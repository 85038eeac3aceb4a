import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../src/config/limits.ts';
import { createEnrichRoom } from '../../src/enrich/enrich-room.ts';
import type { Enrichment } from '../../src/model/batch.ts';
import { buildEvent, SECOND } from '../order/event-builder.ts';
import {
  buildAlert,
  buildFacts,
  controlStep,
  enrichAll,
  enrichOne,
  ref,
  T,
} from './enrich-builder.ts';

const newRoom = (limits: Partial<Record<keyof typeof LIMITS, number>> = {}) =>
  createEnrichRoom({ limits: { ...LIMITS, ...limits } });
const ancestorsOf = ({ lineage }: Enrichment) =>
  lineage?.ancestors.map(({ entityId }) => entityId) ?? null;
const exec = (id: string, parent: string | null, changes = {}) =>
  buildEvent({
    id: `exec-${id}`,
    time: T,
    process: buildFacts(id, { parentExecId: parent, ...changes }),
    parent: parent === null ? null : buildFacts(parent),
  });

const childOf = (id: string) => ({ ...exec(`child-${id}`, id), parent: null });
const seconds = (count: number) => T + count * SECOND;
const joined = (room: ReturnType<typeof newRoom>, alert: ReturnType<typeof buildAlert>) => {
  const { lineage, join } = enrichOne(room, alert);
  return lineage === null ? null : `${lineage.process.entityId} ${join?.reason}`;
};
const execAt = (id: string, time: number) => ({ ...exec(id, null), time, orderTime: time });

describe('process table', () => {
  test('ancestors are flat, nearest first, and share their nodes', () => {
    const room = newRoom();
    enrichOne(room, exec('init', null));
    const shell = enrichOne(room, exec('shell', 'init'));
    const first = enrichOne(room, exec('curl', 'shell'));
    const second = enrichOne(room, exec('wget', 'shell'));
    expect(first.join).toBeNull();
    expect(ancestorsOf(first)).toEqual(['shell', 'init']);
    expect(first.lineage?.ancestors[0]).toBe(shell.lineage?.process);
    expect(second.lineage?.ancestors).toBe(first.lineage?.ancestors);
  });

  test('a parent that was never seen itself is known by what its child says', () => {
    const room = newRoom();
    const { lineage } = enrichOne(room, exec('child', 'parent'));
    expect(lineage?.ancestors).toMatchObject([{ entityId: 'parent', binary: '/bin/parent' }]);
    expect(lineage?.process.parentEntityId).toBe('parent');
  });

  test('a chain grows when its upper end becomes known later', () => {
    const room = newRoom();
    enrichOne(room, exec('child', 'parent'));
    enrichOne(room, exec('grandparent', null));
    const parent = buildFacts('parent', { parentExecId: 'grandparent' });
    enrichOne(room, buildEvent({ id: 'kprobe', kind: 'kprobe', process: parent }));
    expect(ancestorsOf(enrichOne(room, exec('other', 'parent')))).toEqual([
      'parent',
      'grandparent',
    ]);
  });

  test('a process is told of the ancestors its parent got since its last event', () => {
    const room = newRoom();
    const stub = buildFacts('parent', { parentExecId: 'grandparent' });
    const event = buildEvent({
      id: 'c',
      process: buildFacts('child', { parentExecId: 'parent' }),
      parent: stub,
    });
    expect(ancestorsOf(enrichOne(room, event))).toEqual(['parent']);
    enrichOne(room, exec('grandparent', null));
    enrichOne(room, buildEvent({ id: 'p', process: stub }));
    expect(ancestorsOf(enrichOne(room, event))).toEqual(['parent', 'grandparent']);
  });

  test('no process is its own parent or ancestor', () => {
    const room = newRoom();
    const kernel = enrichOne(room, exec('kernel', 'kernel'));
    expect(kernel.lineage).toMatchObject({ ancestors: [], process: { parentEntityId: null } });
    enrichOne(room, exec('x', 'y'));
    enrichOne(room, exec('y', 'x'));
    const y = enrichOne(room, exec('y', 'x'));
    expect(ancestorsOf(y)).toEqual(['x']);
    expect(ancestorsOf(enrichOne(room, exec('x', 'y')))).toEqual(['y']);
  });

  test('at most 16 ancestors', () => {
    const room = newRoom();
    let last = enrichOne(room, exec('p0', null));
    for (let index = 1; index <= 30; index += 1) {
      last = enrichOne(room, exec(`p${index}`, `p${index - 1}`));
    }
    expect(ancestorsOf(last)).toHaveLength(16);
    expect(ancestorsOf(last)?.[0]).toBe('p29');
  });

  test('without an exec_id node, pid and start time identify; a pid alone does not', () => {
    const room = newRoom();
    const known = exec('', null, { execId: null, pid: 7 });
    const first = enrichOne(room, known);
    expect(first.lineage?.process.entityId).toMatch(/^[0-9a-f]{32}$/);
    expect(enrichOne(room, known).lineage?.process).toBe(first.lineage?.process);
    const other = enrichOne(room, { ...known, node: 'node-b' });
    expect(other.lineage?.process.entityId).not.toBe(first.lineage?.process.entityId);
    const bare = exec('', null, { execId: null, pid: 7, startTime: null });
    expect(enrichOne(room, bare).lineage).toBeNull();
  });

  test('an exec without a fork has the image before it as its parent', () => {
    const room = newRoom();
    enrichOne(room, exec('sh', 'init', { pid: 9 }));
    const next = exec('python', 'sh', { pid: 9, startTime: T + SECOND });
    expect(ancestorsOf(enrichOne(room, next))).toEqual(['sh', 'init']);
  });

  test('an id that comes back after a reboot with another start is another process', () => {
    const room = newRoom();
    const first = enrichOne(room, exec('systemd', null, { pid: 1 })).lineage?.process;
    const rebooted = exec('systemd', null, { pid: 1, startTime: seconds(3600), binary: '/new' });
    const second = enrichOne(room, rebooted).lineage?.process;
    expect(second?.binary).toBe('/new');
    expect(second?.entityId).not.toBe(first?.entityId);
    expect(enrichOne(room, rebooted).lineage?.process).toBe(second);
    const at = (time: number) =>
      enrichOne(room, buildAlert({ 'proc.pid': 1 }, { onHost: true, time })).lineage?.process;
    expect(at(seconds(10))).toBe(first);
    expect(at(seconds(3610))).toBe(second);
  });

  test('clusters do not mix', () => {
    const room = newRoom();
    enrichOne(room, exec('p', null));
    const elsewhere = { ...exec('c', 'p'), cluster: 'other', parent: null };
    expect(ancestorsOf(enrichOne(room, elsewhere))).toEqual([]);
  });

  test('beyond the maximum what was not used for longest is forgotten', () => {
    const room = newRoom({ processesMax: 8 });
    enrichOne(room, exec('used', null));
    enrichOne(room, exec('unused', null));
    for (let index = 0; index < 12; index += 1) {
      enrichOne(room, exec(`p${index}`, null));
      enrichOne(room, exec('used', null));
    }
    expect(ancestorsOf(enrichOne(room, { ...exec('c', 'used'), parent: null }))).toEqual(['used']);
    expect(ancestorsOf(enrichOne(room, { ...exec('d', 'unused'), parent: null }))).toEqual([]);
  });

  test('ended processes leave with event time, running ones stay', () => {
    const room = newRoom();
    enrichOne(room, execAt('runs', T));
    enrichOne(room, { ...execAt('ends', T), kind: 'exit' as const });
    for (let minutes = 1; minutes < 40; minutes += 1) {
      enrichOne(room, execAt(`p${minutes}`, T + minutes * 60 * SECOND));
    }
    expect(ancestorsOf(enrichOne(room, childOf('runs')))).toEqual(['runs']);
    expect(ancestorsOf(enrichOne(room, childOf('ends')))).toEqual([]);
  });

  test('an image whose process runs another one now leaves like an ended one', () => {
    const room = newRoom();
    enrichOne(room, execAt('fork', T));
    enrichOne(room, { ...exec('image-1', 'fork', { pid: 9 }), parent: null });
    enrichOne(room, {
      ...exec('image-2', 'image-1', { pid: 9, startTime: T + SECOND }),
      parent: null,
    });
    for (const minutes of [11, 22, 33]) {
      enrichOne(room, execAt(`p${minutes}`, T + minutes * 60 * SECOND));
    }
    expect(ancestorsOf(enrichOne(room, childOf('image-2')))).toEqual([
      'image-2',
      'image-1',
      'fork',
    ]);
    expect(ancestorsOf(enrichOne(room, childOf('image-1')))).toEqual([]);
  });

  test('a process that executes itself for ever is joined by its newest image', () => {
    const room = newRoom();
    for (let index = 0; index < 1000; index += 1) {
      const startTime = T + index * SECOND;
      enrichOne(room, exec(`image-${index}`, null, { pid: 9, startTime }));
    }
    const at = (time: number) =>
      enrichOne(room, buildAlert({ 'proc.pid': 9 }, { onHost: true, time })).lineage?.process
        .entityId;
    const half = SECOND / 2;
    expect(at(T + 999 * SECOND + half)).toBe('image-999');
    expect(at(T + 900 * SECOND + half)).toBeUndefined();
  });

  test('the record being worked on is named, none on a tick', () => {
    const room = newRoom();
    enrichOne(room, { ...exec('p', null), journal: { sequence: 3, index: 9 } });
    expect(room.progress.record).toEqual({ sequence: 3, index: 9 });
    const tick = controlStep({ kind: 'tick', receivedAt: T, runStartedAt: T });
    expect(enrichAll(room, [tick]).enrichments).toEqual([null]);
    expect(room.progress.record).toBeNull();
  });
});

describe('Falco join', () => {
  const container = ref('abcdef012345' + '9'.repeat(19));
  const short = ref('abcdef012345');
  const start = (id: string, pid: number, changes = {}) =>
    buildEvent({
      id: `start-${id}`,
      time: T,
      process: buildFacts(id, { pid, containerPid: 5, ...changes }),
      container,
    });

  test('by node, container and pid, numbers or text', () => {
    const room = newRoom();
    enrichOne(room, start('p', 77));
    expect(joined(room, buildAlert({ 'proc.pid': 77 }, { container: short }))).toBe('p pid');
    expect(joined(room, buildAlert({ 'proc.pid': '77' }, { container: short }))).toBe('p pid');
    expect(joined(room, buildAlert({ 'proc.pid': 78 }, { container: short }))).toBeNull();
    expect(joined(room, buildAlert({ 'proc.pid': 'x77' }, { container: short }))).toBeNull();
    const elsewhere = { container: ref('000000000000') };
    expect(joined(room, buildAlert({ 'proc.pid': 77 }, elsewhere))).toBeNull();
    expect(joined(room, buildAlert({ 'proc.pid': 77 }, { onHost: true }))).toBeNull();
  });

  test("Falco's node may be the name of its pod: the container says where it runs", () => {
    const room = newRoom();
    enrichOne(room, start('p', 77));
    const alert = buildAlert({ 'proc.pid': 77 }, { container: short, node: 'falco-x7k2p' });
    expect(joined(room, alert)).toBe('p pid');
    const host = buildAlert({ 'proc.pid': 77 }, { onHost: true, node: 'falco-x7k2p' });
    expect(joined(room, host)).toBeNull();
  });

  test('by container and the pid in it', () => {
    const room = newRoom();
    enrichOne(room, start('p', 77));
    expect(joined(room, buildAlert({ 'proc.vpid': 5 }, { container: short }))).toBe(
      'p container-pid',
    );
    expect(joined(room, buildAlert({ 'proc.vpid': 5 }, { onHost: true }))).toBeNull();
  });

  test('host processes by node and pid', () => {
    const room = newRoom();
    enrichOne(room, { ...start('p', 77), container: null });
    expect(joined(room, buildAlert({ 'proc.pid': 77 }, { onHost: true }))).toBe('p pid');
    const other = buildAlert({ 'proc.pid': 77 }, { onHost: true, node: 'node-b' });
    expect(joined(room, other)).toBeNull();
  });

  test('only while the process ran, with a second of slack', () => {
    const room = newRoom();
    enrichOne(room, start('p', 77));
    enrichOne(room, { ...start('p', 77), id: 'x', kind: 'exit', time: seconds(10) });
    const at = (time: number) =>
      joined(room, buildAlert({ 'proc.pid': 77 }, { container: short, time }));
    expect([seconds(-1) - 1, seconds(-1), seconds(11), seconds(11) + 1].map(at)).toEqual([
      null,
      'p pid',
      'p pid',
      null,
    ]);
  });

  test('of an exec chain the newest image that had started', () => {
    const room = newRoom();
    enrichOne(room, start('sh', 77));
    enrichOne(room, start('python', 77, { parentExecId: 'sh', startTime: seconds(5) }));
    enrichOne(room, start('nc', 77, { parentExecId: 'python', startTime: seconds(9) }));
    const at = (time: number) =>
      joined(room, buildAlert({ 'proc.pid': 77 }, { container: short, time }));
    expect([1, 6, 20].map((count) => at(seconds(count)))).toEqual([
      'sh pid',
      'python pid',
      'nc pid',
    ]);
  });

  test('a pid used again is another process', () => {
    const room = newRoom();
    enrichOne(room, start('first', 77));
    enrichOne(room, { ...start('first', 77), id: 'x', kind: 'exit', time: seconds(10) });
    enrichOne(room, start('second', 77, { startTime: seconds(60) }));
    const at = (time: number) =>
      joined(room, buildAlert({ 'proc.pid': 77 }, { container: short, time }));
    expect([5, 30, 61].map((count) => at(seconds(count)))).toEqual([
      'first pid',
      null,
      'second pid',
    ]);
  });

  test('near a border the executable decides, and if it does not, nothing', () => {
    const room = newRoom();
    enrichOne(room, start('sh', 77));
    enrichOne(room, start('nc', 77, { startTime: seconds(5) }));
    const near = (binary: string) => {
      const process = buildFacts(null, { binary });
      return buildAlert({ 'proc.pid': 77 }, { container: short, time: seconds(5) - 500, process });
    };
    expect(joined(room, near('/bin/sh'))).toBe('sh pid');
    expect(joined(room, near('/bin/nc'))).toBe('nc pid');
    expect(joined(room, near('/bin/other'))).toBeNull();
    expect(joined(room, near(''))).toBeNull();
  });

  test('two images of one pid and one start are never told apart by a guess', () => {
    const room = newRoom();
    enrichOne(room, start('one', 77));
    enrichOne(room, start('two', 77));
    expect(joined(room, buildAlert({ 'proc.pid': 77 }, { container: short }))).toBeNull();
  });
});
