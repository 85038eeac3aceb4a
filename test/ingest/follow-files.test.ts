import {
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { LIMITS } from '../../src/config/limits.ts';
import { follow, originOf, Store, TestLog } from './follow-bench.ts';

const soon = (check: () => void) => vi.waitFor(check, { timeout: 5_000, interval: 10 });

describe('a file that grows', () => {
  test('is read from its start, and each line once', async () => {
    const log = new TestLog();
    const store = new Store();
    log.write(50);
    const life = await follow(store, [{ path: log.path, cluster: 'east', latenessMs: 7 }]);
    await store.has(log.written);
    for (let round = 0; round < 5; round += 1) {
      log.write(7);
      await sleep(20);
    }
    await store.has(log.written);
    expect(originOf(store.parts.at(-1))).toEqual({
      kind: 'events',
      carrier: 'file',
      partition: log.path,
      sensor: 'any',
      cluster: 'east',
      latenessMs: 7,
    });
    const positions = store.parts.flatMap((part) => part.records.map(({ position }) => position));
    expect(positions).toEqual(log.written.map((_, index) => index));
    await soon(() => expect(life.lines).toBe(log.written.length));
    expect(life.losses).toEqual([]);
  });

  test('a line without its end waits for it', async () => {
    const log = new TestLog();
    const store = new Store();
    log.append('{"half":');
    await follow(store, [{ path: log.path }]);
    await sleep(100);
    expect(store.lines).toEqual([]);
    log.append('1}\n{"whole":2}\n');
    await store.has(['{"half":1}', '{"whole":2}']);
  });

  test('is waited for when it is not there, and its folder neither', async () => {
    const log = new TestLog();
    const store = new Store();
    const path = log.file('later/events.log');
    const life = await follow(store, [{ path, from: 'end' }]);
    await sleep(50);
    expect(life.follower.files()).toMatchObject([{ path, position: null, lines: 0 }]);
    mkdirSync(log.file('later'));
    writeFileSync(path, '{"a":1}\n');
    await store.has(['{"a":1}']);
  });

  test('from its end: what was there before is not read, what comes is', async () => {
    const log = new TestLog();
    const store = new Store();
    log.write(20);
    log.append('{"cut":');
    const before = log.written.length;
    const life = await follow(store, [{ path: log.path, from: 'end' }]);
    await soon(() => expect(store.readTo).toHaveLength(1));
    log.append('1}\n');
    log.write(3);
    const expected = ['{"cut":1}', ...log.written.slice(before)];
    await store.has(expected);
    await life.kill();
    log.write(3);
    await follow(store, [{ path: log.path, from: 'end' }]);
    await store.has([...expected, ...log.written.slice(before + 3)]);
  });

  test('a long line is one record over the limit, and those around it are whole', async () => {
    const log = new TestLog();
    const store = new Store();
    log.write(1);
    log.append(`{"long":"${'y'.repeat(3 * LIMITS.recordBytesMax)}"}\n`);
    log.write(1);
    await follow(store, [{ path: log.path }]);
    await soon(() => expect(store.lines).toHaveLength(3));
    expect(store.lines[1]).toHaveLength(LIMITS.recordBytesMax + 1);
    expect([store.lines[0], store.lines[2]]).toEqual(log.written);
  });

  test('pieces of a container log are joined, also over a restart between them', async () => {
    const log = new TestLog('0.log');
    const store = new Store();
    const at = '2026-02-03T04:05:06.1Z';
    log.append(`${at} stdout F {"a":1}\n${at} stdout P {"b":\n${at} stderr F text\n`);
    const life = await follow(store, [{ path: log.path }]);
    await store.has([`${at} stdout F {"a":1}`]);
    await life.kill();
    await follow(store, [{ path: log.path }]);
    log.append(`${at} stdout F 2}\n`);
    await store.has([`${at} stdout F {"a":1}`, `${at} stdout F {"b":2}`, `${at} stderr F text`]);
  });
});

describe('restarts', () => {
  test('go on behind what was stored, wherever the end came', async () => {
    const log = new TestLog();
    const store = new Store();
    for (let life = 0; life < 8; life += 1) {
      log.write(40 * life);
      const running = await follow(store, [{ path: log.path }], { commitMs: 4 });
      log.write(25);
      await sleep(life * 9);
      await running.kill();
    }
    await follow(store, [{ path: log.path }]);
    await store.has(log.written);
  });

  test('a file that was renamed meanwhile is found, and read to its end', async () => {
    const log = new TestLog();
    const store = new Store();
    log.write(10);
    const life = await follow(store, [{ path: log.path }]);
    await store.has(log.written);
    await life.kill();
    log.write(5);
    log.rename('something else');
    log.write(5);
    await follow(store, [{ path: log.path }]);
    await store.has(log.written);
  });

  test('renamed and packed, several times: all of it is read, in order', async () => {
    const log = new TestLog();
    const store = new Store();
    log.write(200);
    const life = await follow(store, [{ path: log.path }]);
    await store.has(log.written);
    await life.kill();
    for (const packs of [true, false, true]) {
      log.write(100);
      const rotated = log.rename();
      await sleep(10);
      if (packs) log.gzip(rotated);
      log.write(100);
    }
    const later = await follow(store, [{ path: log.path }]);
    await store.has(log.written);
    await later.kill();
    await follow(store, [{ path: log.path }]);
    log.write(2);
    await store.has(log.written);
  });

  test('a file that lost its name and was not read to its end is told of', async () => {
    const log = new TestLog();
    const store = new Store();
    log.write(10);
    const life = await follow(store, [{ path: log.path }]);
    await store.has(log.written);
    await life.kill();
    rmSync(log.path);
    const { written } = new TestLog();
    expect(written).toEqual([]);
    log.write(3);
    const later = await follow(store, [{ path: log.path }]);
    await store.has(log.written);
    expect(later.losses.length).toBe(1);
  });

  test('a new file under a known inode is read from its start', async () => {
    const log = new TestLog();
    const store = new Store();
    log.write(30);
    const life = await follow(store, [{ path: log.path }]);
    await store.has(log.written);
    await life.kill();
    truncateSync(log.path);
    log.write(60);
    const later = await follow(store, [{ path: log.path }]);
    await store.has(log.written);
    expect(later.losses).toEqual(['truncated']);
  });
});

describe('rotation by name', () => {
  test('the old file is read to its end before the new one, late lines included', async () => {
    const log = new TestLog();
    const store = new Store();
    log.write(10);
    const life = await follow(store, [{ path: log.path }]);
    await store.has(log.written);
    const old = log.rename();
    log.write(4, old);
    log.write(6);
    await store.has(log.written);
    log.write(2, old);
    await store.has(log.written);
    log.write(2);
    await store.has(log.written);
    expect(life.losses).toEqual([]);
    expect(life.follower.files()).toMatchObject([{ behindBytes: 0, lines: 24, error: null }]);
  });

  test('a last line without its end is a record once the file is quiet', async () => {
    const log = new TestLog();
    const store = new Store();
    log.append('{"a":1}\n{"cut":');
    await follow(store, [{ path: log.path }]);
    await store.has(['{"a":1}']);
    log.rename();
    log.append('{"b":2}\n');
    await store.has(['{"a":1}', '{"b":2}', '{"cut":']);
    await follow(store, [{ path: log.path }]);
    await sleep(100);
    expect(store.lines).toHaveLength(3);
  });

  test('files that were rotated before we came are not read, nor later when they are packed', async () => {
    const log = new TestLog();
    const store = new Store();
    log.append('{"old":1}\n');
    const old = log.rename();
    log.write(3);
    await follow(store, [{ path: log.path }]);
    await store.has(log.written);
    log.gzip(old);
    log.rename();
    log.write(3);
    await store.has(log.written);
  });

  test('many rotations while it is read, some of them packed at once', async () => {
    const log = new TestLog();
    const store = new Store();
    await follow(store, [{ path: log.path }], { commitMs: 1 });
    for (let round = 0; round < 12; round += 1) {
      log.write(30);
      if (round % 3 === 1) log.gzip(log.rename());
      else if (round % 3 === 2) log.rename();
      await sleep(round % 4 === 0 ? 40 : 2);
    }
    await store.has(log.written);
    // Of all those files the store remembers only those that are still there.
    expect(store.readTo.length).toBeLessThanOrEqual(9);
  });

  test('a file that goes away and comes back is read on', async () => {
    const log = new TestLog();
    const store = new Store();
    const life = await follow(store, [{ path: log.path }]);
    log.write(5);
    await store.has(log.written);
    const away = log.file('away');
    renameSync(log.path, away);
    await sleep(300);
    renameSync(away, log.path);
    log.write(5);
    await store.has(log.written);
    expect(life.losses).toEqual([]);
  });
});

describe('copy and truncate', () => {
  test('what was copied is not read again, and the file is read from its start', async () => {
    const log = new TestLog();
    const store = new Store();
    const life = await follow(store, [{ path: log.path }]);
    for (let round = 0; round < 4; round += 1) {
      log.write(20);
      await store.has(log.written);
      log.copyAndTruncate();
    }
    log.write(50);
    await store.has(log.written);
    expect(life.losses).toEqual([]);
  });

  test('what was not read yet is read from the copy, packed or not', async () => {
    const log = new TestLog();
    const store = new Store();
    for (const packs of [false, true]) {
      const life = await follow(store, [{ path: log.path }]);
      log.write(20);
      await store.has(log.written);
      await life.kill();
      log.write(15);
      const copy = log.copyAndTruncate();
      if (packs) log.gzip(copy);
      log.write(40);
      const later = await follow(store, [{ path: log.path }]);
      await store.has(log.written);
      expect(later.losses).toEqual([]);
      await later.kill();
    }
  });

  test('without a copy it says so and goes on from the start', async () => {
    const log = new TestLog();
    const store = new Store();
    const life = await follow(store, [{ path: log.path }]);
    log.write(20);
    await store.has(log.written);
    truncateSync(log.path);
    log.write(3);
    await store.has(log.written);
    expect(life.losses).toEqual(['truncated']);
    expect(life.logged.join()).toContain('truncated');
  });

  test('a hole of NULs, as a writer leaves that does not append, is one bad record', async () => {
    const log = new TestLog();
    const store = new Store();
    await follow(store, [{ path: log.path }]);
    log.write(30);
    await store.has(log.written);
    truncateSync(log.path, 0);
    truncateSync(log.path, 100_000);
    log.append('{"behind":"the hole"}\n{"next":1}\n');
    await soon(() => expect(store.lines).toHaveLength(33));
    const [hole, ...behind] = store.lines.slice(30);
    expect(hole?.replaceAll('\0', '')).toBe('');
    expect(behind).toEqual(['{"behind":"the hole"}', '{"next":1}']);
  });
});

describe('what can not be read', () => {
  test('a link that leads in a circle is tried again, and told of once', async () => {
    const log = new TestLog();
    const store = new Store();
    symlinkSync(log.path, log.path);
    const life = await follow(store, [{ path: log.path }]);
    await soon(() => expect(life.follower.files()[0]?.error).toContain('ELOOP'));
    await sleep(1_100);
    rmSync(log.path);
    log.write(3);
    await store.has(log.written);
    expect(life.follower.files()[0]?.error).toBeNull();
    expect(life.logged.filter((message) => message.includes('can not be read'))).toHaveLength(1);
  });

  test('a folder in its place is named, and the file that takes its place is read', async () => {
    const log = new TestLog();
    const store = new Store();
    mkdirSync(log.path);
    const life = await follow(store, [{ path: log.path }]);
    await soon(() => expect(life.follower.files()[0]?.error).toContain('is no file'));
    rmSync(log.path, { recursive: true });
    log.write(3);
    await store.has(log.written);
    expect(life.logged).toEqual([
      'A followed file can not be read.',
      'A followed file is read again.',
    ]);
  });

  test('a packed file that is cut gives what it holds, and those behind it are read', async () => {
    const log = new TestLog();
    const store = new Store();
    log.write(400);
    const life = await follow(store, [{ path: log.path }]);
    await store.has(log.written);
    await life.kill();
    log.write(400);
    const packed = log.gzip(log.rename());
    truncateSync(packed, 2_000);
    const cut = log.written.length;
    log.write(3);
    const later = await follow(store, [{ path: log.path }]);
    await soon(() => expect(store.lines.slice(-3)).toEqual(log.written.slice(-3)));
    expect(store.lines.slice(0, 400)).toEqual(log.written.slice(0, 400));
    expect(store.lines.length).toBeLessThan(cut + 3);
    expect(later.losses.length).toBe(1);
  });
});

describe('patterns and links', () => {
  test('containers come and go, each behind a link, and rotate beside what it leads to', async () => {
    const pods = new TestLog('unused');
    const store = new Store();
    const links = pods.file('containers');
    mkdirSync(links);
    const life = await follow(store, [{ path: join(links, '*.log') }]);
    const container = (name: string): string => {
      mkdirSync(pods.file(name));
      symlinkSync(join('..', name, '0.log'), join(links, `${name}.log`));
      return join(pods.file(name), '0.log');
    };
    const one = container('one');
    pods.write(5, one);
    const two = container('two');
    pods.write(5, two);
    await soon(() => expect(store.lines.toSorted()).toEqual(pods.written.toSorted()));
    renameSync(one, `${one}.20260102-030405`);
    pods.write(5, one);
    await soon(() => expect(store.lines.toSorted()).toEqual(pods.written.toSorted()));
    const lanes = new Set(store.parts.map((part) => originOf(part)?.partition ?? ''));
    expect([...lanes].toSorted((a, b) => a.localeCompare(b))).toEqual([
      join(links, 'one.log'),
      join(links, 'two.log'),
    ]);
    rmSync(pods.file('one'), { recursive: true });
    rmSync(join(links, 'one.log'));
    await soon(() => expect(life.follower.files()).toHaveLength(1));
    await soon(() =>
      expect(store.readTo.filter(({ source }) => source.includes('one'))).toEqual([]),
    );
  });

  test('rotated files and second names of a file are not followed by themselves', async () => {
    const log = new TestLog();
    const store = new Store();
    log.write(5);
    symlinkSync(log.path, log.file('zz-link.log'));
    const life = await follow(store, [{ path: log.file('*.log') }]);
    await store.has(log.written);
    log.rename();
    log.write(5);
    await store.has(log.written);
    await sleep(100);
    await store.has(log.written);
    expect(life.follower.files().map(({ path }) => path)).toEqual([log.path]);
    expect(existsSync(log.file('zz-link.log'))).toBe(true);
  });
});
