// What Tetragon was seen to tell of processes that makes them hard to recognize.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { describe, expect, test } from 'vitest';
import { DEFAULT_CORE_SETTINGS } from '../../src/config/core-settings.ts';
import { LIMITS } from '../../src/config/limits.ts';
import { createEnrichRoom, type EnrichRoom } from '../../src/enrich/enrich-room.ts';
import { controlPart } from '../../src/ingest/clock.ts';
import type { Lineage } from '../../src/model/lineage.ts';
import type { EventsOrigin } from '../../src/model/origin.ts';
import type { ProcessFacts, SecurityEvent } from '../../src/model/security-event.ts';
import { createRooms } from '../../src/rooms.ts';
import { buildEvent, SECOND } from '../order/event-builder.ts';
import { buildAlert, buildFacts, enrichOne, ref, T } from './enrich-builder.ts';

const MILLI = 1000;
const newRoom = () => createEnrichRoom({ limits: LIMITS });
const seconds = (count: number) => T + count * SECOND;
let count = 0;

interface Told extends Partial<ProcessFacts> {
  readonly kind?: SecurityEvent['kind'];
  readonly time?: number;
  readonly place?: Partial<SecurityEvent>;
}

/** What an event of Tetragon on the host is told. */
function tell(room: EnrichRoom, execId: string | null, told: Told = {}): Lineage | null {
  const { kind = 'exec', time = told.startTime ?? T, place = {}, ...facts } = told;
  count += 1;
  const process = buildFacts(execId, { pid: 77, binary: '/bin/app', ...facts });
  const event = { id: `q${count}`, kind, time, onHost: true, process, ...place };
  return enrichOne(room, buildEvent(event)).lineage;
}

const idOf = (lineage: Lineage | null) => lineage?.process.entityId ?? null;
const ancestors = (lineage: Lineage | null) => lineage?.ancestors.map(({ entityId }) => entityId);
const alertOf = (pid: number, time: number) =>
  buildAlert({ 'proc.pid': pid }, { onHost: true, time });
const joined = (room: EnrichRoom, pid: number, time: number) =>
  idOf(enrichOne(room, alertOf(pid, time)).lineage);

describe('programs and forks', () => {
  test('a fork that executed nothing is known by what it does and how it ends', () => {
    const room = newRoom();
    tell(room, 'parent', { pid: 5 });
    const fork = { parentExecId: 'parent', pid: 78, flags: 'clone', startTime: seconds(3) };
    const lineage = tell(room, 'fork', { ...fork, kind: 'kprobe', time: seconds(4) });
    expect(lineage?.process.binary).toBe('/bin/app');
    expect(ancestors(lineage)).toEqual(['parent']);
    expect(joined(room, 78, seconds(5))).toBe('fork');
    tell(room, 'fork', { ...fork, kind: 'exit', time: seconds(6) });
    expect(joined(room, 78, seconds(8))).toBeNull();
  });

  test('the fork itself ends when its first program starts', () => {
    const room = newRoom();
    tell(room, 'fork', { kind: 'kprobe', parentExecId: 'parent', startTime: T });
    tell(room, 'exec', { parentExecId: 'parent', startTime: seconds(1), binary: '/bin/next' });
    for (const minutes of [11, 22, 33]) tell(room, `m${minutes}`, { time: seconds(minutes * 60) });
    expect(ancestors(tell(room, 'c', { parentExecId: 'exec', pid: 9 }))).toEqual(['exec']);
    expect(ancestors(tell(room, 'd', { parentExecId: 'fork', pid: 10 }))).toEqual([]);
  });

  test('an exit that comes before its exec is no orphan, and the process has ended', () => {
    const room = newRoom();
    tell(room, 'p', { kind: 'exit', time: seconds(9) });
    expect(idOf(tell(room, 'p', { time: T }))).toBe('p');
    expect(joined(room, 77, seconds(5))).toBe('p');
    expect(joined(room, 77, seconds(11))).toBeNull();
  });

  test('an event may come before the start of its own program by a hair', () => {
    const room = newRoom();
    expect(idOf(tell(room, 'p', { time: T - 1, startTime: T }))).toBe('p');
    expect(joined(room, 77, T - 1)).toBe('p');
  });
});

describe('one process by several ids', () => {
  test('a hook that sees the start of a program off by a moment speaks of it', () => {
    const room = newRoom();
    tell(room, 'exec');
    const hook = { kind: 'kprobe', time: seconds(2), startTime: T - 1300 } as const;
    expect(idOf(tell(room, 'hook', hook))).toBe('exec');
    expect(idOf(tell(room, 'hook', { ...hook, kind: 'exit', time: seconds(3) }))).toBe('exec');
    expect(ancestors(tell(room, 'child', { pid: 9, parentExecId: 'hook' }))).toEqual(['exec']);
    expect(joined(room, 77, seconds(6))).toBeNull();
  });

  test.each([
    ['another program', { binary: '/bin/other' }],
    ['other arguments', { arguments: '-x' }],
    ['another start', { startTime: T - 30 * MILLI }],
    ['the next program of the process', { parentExecId: 'exec' }],
    ['another pid', { pid: 78 }],
    ['another container', { place: { container: ref('abcdefabcdef'), onHost: false } }],
    ['a time before it', { time: T - 5 }],
  ])('but not with %s', (_what, changes) => {
    const room = newRoom();
    tell(room, 'exec');
    const hook = { kind: 'kprobe', time: seconds(2), startTime: T - 1300 } as const;
    expect(idOf(tell(room, 'hook', { ...hook, ...changes }))).toBe('hook');
  });

  test('a hook with a pid and a start only speaks of the program that runs', () => {
    const room = newRoom();
    tell(room, 'exec');
    const bare = { kind: 'kprobe', binary: '', flags: 'unknown', time: seconds(1) } as const;
    const place = { onHost: false };
    expect(idOf(tell(room, null, { ...bare, place }))).toBe('exec');
    const other = tell(room, null, { ...bare, place, startTime: T - SECOND });
    expect(other?.process.binary).toBe('');
    expect(idOf(other)).not.toBe('exec');
  });

  test('a new agent reads what runs from /proc, and a process stays what it was', () => {
    const room = newRoom();
    tell(room, 'before', { startTime: T + 3_456_789 });
    const proc = { flags: 'procFS', startTime: T + 3_450_000 };
    expect(idOf(tell(room, 'after', proc))).toBe('before');
    const child = tell(room, 'child', { pid: 9, parentExecId: 'after', startTime: seconds(9) });
    expect(ancestors(child)).toEqual(['before']);
    expect(child?.process.parentEntityId).toBe('before');
    const exit = { ...proc, kind: 'exit', time: seconds(20) } as const;
    expect(idOf(tell(room, 'after', exit))).toBe('before');
    expect(joined(room, 77, seconds(30))).toBeNull();
  });

  test('but a process of /proc that started later has the pid of another', () => {
    const room = newRoom();
    tell(room, 'before');
    const later = { flags: 'procFS', startTime: seconds(1) };
    expect(idOf(tell(room, 'after', later))).toBe('after');
    expect(joined(room, 77, seconds(9))).toBe('after');
  });

  test('further ids outlive what is forgotten, and a snapshot', () => {
    const room = newRoom();
    tell(room, 'before', { startTime: T + 3_456_789 });
    tell(room, 'after', { flags: 'procFS', startTime: T + 3_450_000 });
    for (const minutes of [11, 22, 33]) tell(room, `m${minutes}`, { time: seconds(minutes * 60) });
    const restored = newRoom();
    restored.restore(deserialize(serialize(room.snapshot())));
    for (const one of [room, restored]) {
      expect(idOf(tell(one, 'after', { kind: 'kprobe', time: seconds(9999) }))).toBe('before');
    }
  });
});

describe('several processes by one id', () => {
  test('are told apart by pid, start and program', () => {
    const room = newRoom();
    const first = idOf(tell(room, 'x'));
    const second = idOf(tell(room, 'x', { pid: 78 }));
    const third = idOf(tell(room, 'x', { binary: '/bin/other' }));
    const fourth = idOf(tell(room, 'x', { startTime: seconds(3600) }));
    expect(new Set([first, second, third, fourth]).size).toBe(4);
    expect(idOf(tell(room, 'x'))).toBe(first);
    expect(idOf(tell(room, 'x', { pid: 78, kind: 'exit' }))).toBe(second);
  });

  test('a parent is the one its child describes', () => {
    const room = newRoom();
    tell(room, 'x', { binary: '/bin/first' });
    const parent = buildFacts('x', { pid: 12, binary: '/bin/second' });
    const child = tell(room, 'c', { pid: 13, parentExecId: 'x', place: { parent } });
    expect(child?.ancestors.map(({ binary }) => binary)).toEqual(['/bin/second']);
  });

  test('after a node started again nothing from before runs on it', () => {
    const room = newRoom();
    tell(room, 'init-1', { pid: 1, flags: 'procFS', startTime: T });
    tell(room, 'old', { startTime: seconds(5) });
    tell(room, 'init-2', { pid: 1, flags: 'procFS', startTime: seconds(600) });
    expect(joined(room, 77, seconds(30))).toBe('old');
    expect(joined(room, 77, seconds(601))).toBeNull();
    expect(joined(room, 1, seconds(601))).toBe('init-2');
  });

  test('a new agent on a node that did not start again ends nothing', () => {
    const room = newRoom();
    tell(room, 'init', { pid: 1, flags: 'procFS', startTime: T });
    tell(room, 'old', { startTime: seconds(5) });
    tell(room, 'init', { pid: 1, flags: 'procFS', startTime: T + 700 * MILLI });
    // The first process executed itself again, as it does after an update.
    tell(room, 'reexec', { pid: 1, flags: 'execve', startTime: seconds(600) });
    expect(joined(room, 77, seconds(601))).toBe('old');
  });
});

const known = (execId: string, parentExecId: string | null) =>
  buildFacts(execId, { parentExecId, pid: execId.length });

describe('ancestors', () => {
  test('that an event lists fill the lineage, for its children too', () => {
    const room = newRoom();
    const place = {
      parent: known('shell', 'runc!'),
      ancestors: [known('runc!', 'shim!!'), known('shim!!', null)],
    };
    const lineage = tell(room, 'p', { parentExecId: 'shell', place });
    expect(ancestors(lineage)).toEqual(['shell', 'runc!', 'shim!!']);
    expect(ancestors(tell(room, 'c', { parentExecId: 'p', pid: 9 }))).toEqual([
      'p',
      'shell',
      'runc!',
      'shim!!',
    ]);
  });

  test('that come later complete what is known already', () => {
    const room = newRoom();
    tell(room, 'shell', { parentExecId: 'runc!', pid: 5, binary: '/bin/shell' });
    expect(ancestors(tell(room, 'p', { parentExecId: 'shell' }))).toEqual(['shell']);
    const place = { parent: known('shell', 'runc!'), ancestors: [known('runc!', null)] };
    const hook = { kind: 'kprobe', parentExecId: 'shell', place } as const;
    expect(ancestors(tell(room, 'p', hook))).toEqual(['shell', 'runc!']);
  });

  test('that go round in a circle or repeat the process are cut', () => {
    const room = newRoom();
    const place = {
      parent: known('a', 'bb'),
      ancestors: [known('bb', 'ccc'), known('ccc', 'a'), known('a', 'bb'), known('p', 'a')],
    };
    const lineage = tell(room, 'p', { parentExecId: 'a', place });
    const ids = ['p', ...(ancestors(lineage) ?? [])];
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.slice(0, 2)).toEqual(['p', 'a']);
  });

  test('a parent that started after its child is none', () => {
    const room = newRoom();
    tell(room, 'late', { pid: 5, startTime: seconds(600) });
    expect(ancestors(tell(room, 'p', { parentExecId: 'late', startTime: T }))).toEqual([]);
  });

  test('a parent whose id is not the one that the process names is known by what is said of it', () => {
    const room = newRoom();
    const place = { parent: known('shell', null) };
    expect(ancestors(tell(room, 'p', { parentExecId: 'shell\u0007', place }))).toEqual(['shell']);
  });

  test('a parent that is missing, empty or the process itself is none', () => {
    const room = newRoom();
    expect(ancestors(tell(room, 'a', { parentExecId: 'unheard-of', pid: 1 }))).toEqual([]);
    expect(ancestors(tell(room, 'b', { parentExecId: null, pid: 2 }))).toEqual([]);
    const self = buildFacts('c', { parentExecId: 'c', pid: 0 });
    const kernel = tell(room, 'c', { parentExecId: 'c', pid: 0, place: { parent: self } });
    expect(kernel).toMatchObject({ ancestors: [], process: { parentEntityId: null } });
  });
});

test('a process is in its container as soon as Tetragon finds that out', () => {
  const room = newRoom();
  const container = ref('abcdefabcdef');
  tell(room, 'p', { containerPid: 7, place: { onHost: false } });
  const alert = buildAlert({ 'proc.vpid': 7 }, { container, time: seconds(1) });
  expect(enrichOne(room, alert).lineage).toBeNull();
  tell(room, 'p', { kind: 'kprobe', containerPid: 7, place: { container, onHost: false } });
  expect(idOf(enrichOne(room, alert).lineage)).toBe('p');
});

const timeOf = (line: string) => String((JSON.parse(line) as { time?: string }).time);

describe('recorded sequences', () => {
  const EVENTS = join(import.meta.dirname, '../../../shared/data/events/tetragon');
  const ORIGIN: EventsOrigin = {
    kind: 'events',
    carrier: 'file',
    partition: '',
    sensor: 'any',
    cluster: 'default',
    latenessMs: 5_000,
  };

  /** `program < parent < …` of each process of a file, in the order of events. */
  function chainsOf(file: string): readonly string[] {
    const rooms = createRooms(DEFAULT_CORE_SETTINGS);
    const lines = readFileSync(join(EVENTS, file), 'utf8').split('\n').filter(Boolean);
    // They were put together in another order than they were seen in.
    const sorted = lines.toSorted((left, right) => (timeOf(left) < timeOf(right) ? -1 : 1));
    const records = sorted.map((text, position) => ({ bytes: Buffer.from(text), position }));
    const receivedAt = Date.UTC(2100, 0) * MILLI;
    const parts = [
      { origin: ORIGIN, receivedAt, records },
      controlPart('clock', { kind: 'end' }, receivedAt),
    ];
    const batch = rooms.enrich.step(rooms.order.step(rooms.sensors.step({ sequence: 1, parts })));
    const lineages = batch.enrichments.flatMap((told) => told?.lineage ?? []);
    for (const { process, ancestors: chain } of lineages) {
      const ids = [process, ...chain].map(({ entityId }) => entityId);
      expect(new Set(ids).size).toBe(ids.length);
    }
    const programs = lineages.map(({ process, ancestors: chain }) =>
      [process, ...chain]
        .map(({ binary }) => binary.slice(binary.lastIndexOf('/') + 1))
        .join(' < '),
    );
    return [...new Set(programs)];
  }

  const CHAINS: readonly (readonly [string, readonly string[]])[] = [
    [
      'reaching-the-host-namespace.ndjson',
      [
        'bash < nsenter < bash < runc < containerd-shim',
        'nginx < docker-entrypoint.sh < containerd-shim',
      ],
    ],
    [
      'merlin-agent-attack.ndjson',
      [
        'runc < containerd-shim < containerd',
        'ssh < scp < sh < main < containerd-shim < containerd',
      ],
    ],
    ['kubehound-attacks.ndjson', ['mount < bash', 'kubectl < strace']],
  ];

  test.each(CHAINS)('%s', (file, chains) => {
    if (!existsSync(join(EVENTS, file))) {
      console.log(
        `The recorded events ${file} do not lie beside the repository: nothing to check.`,
      );
      expect(chains.length).toBeGreaterThan(0);
      return;
    }
    expect(chainsOf(file)).toEqual(expect.arrayContaining([...chains]));
  });
});
