import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { writeStream } from '../../bench/generate-stream.ts';
import { parseEveryLine } from '../../bench/json-parse-loop.ts';
import { createLiveLine, readLiveLines } from '../../bench/live-lines.ts';
import { createDepartureQueue } from '../../bench/stream/departure-queue.ts';
import { createEventStream, type StreamOptions } from '../../bench/stream/event-stream.ts';

const folder = mkdtempSync(join(tmpdir(), 'eyrie-bench-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const timeless = (record: string): string => record.replaceAll(/\d{4}-\d\d-\d\dT[\d:]{8}/g, '');

function linesOf(options: StreamOptions): string[] {
  const stream = createEventStream(options);
  const lines: string[] = [];
  for (let line = stream.next(); line !== null; line = stream.next()) lines.push(line);
  return lines;
}

interface Event {
  readonly time: string;
  readonly rule?: string;
  readonly process_exec?: { readonly process: { readonly exec_id: string; readonly pid: number } };
  readonly process_exit?: unknown;
  readonly process_kprobe?: unknown;
}

const EVENTS = 20_000;
const lines = linesOf({ seed: 1, events: EVENTS, attackEvery: 4000 });
const events = lines.map((line) => JSON.parse(line) as Event);
const shareOf = (matches: (event: Event) => boolean): number =>
  events.filter(matches).length / EVENTS;

describe('the stream of the benchmarks', () => {
  test('has as many lines as asked for, each plain ASCII JSON', () => {
    expect(lines).toHaveLength(EVENTS);
    expect(lines.every((line) => /^[ -~]+$/.test(line))).toBe(true);
  });

  test('keeps the proportions: 30 % Falco, nine tenths of it one rule, 70 % Tetragon', () => {
    expect(shareOf((event) => event.rule !== undefined)).toBeCloseTo(0.3, 1);
    const noisy = shareOf((event) => event.rule?.startsWith('Contact K8S') === true);
    expect(noisy / shareOf((event) => event.rule !== undefined)).toBeCloseTo(0.9, 1);
    for (const kind of ['process_exec', 'process_exit', 'process_kprobe'] as const) {
      expect(shareOf((event) => event[kind] !== undefined)).toBeGreaterThan(0.15);
    }
  });

  test('has the sizes of real events', () => {
    const mean = lines.reduce((sum, line) => sum + line.length, 0) / EVENTS;
    expect(mean).toBeGreaterThan(1800);
    expect(mean).toBeLessThan(2200);
  });

  test('is in event-time order but for at most a second', () => {
    let newest = 0;
    let outOfOrder = 0;
    for (const event of events) {
      const time = Date.parse(event.time);
      if (time < newest) outOfOrder += 1;
      expect(newest - time).toBeLessThanOrEqual(1000);
      newest = Math.max(newest, time);
    }
    expect(outOfOrder).toBeGreaterThan(0);
  });

  test('runs at 300 to 1000 events a second of stream time', () => {
    const seconds =
      (Date.parse(events.at(-1)?.time ?? '') - Date.parse(events[0]?.time ?? '')) / 1000;
    expect(EVENTS / seconds).toBeGreaterThan(300);
    expect(EVENTS / seconds).toBeLessThan(1100);
  });

  test('holds a few duplicates and whole attacks of both kinds', () => {
    const duplicates = EVENTS - new Set(lines).size;
    expect(duplicates).toBeGreaterThan(0);
    expect(duplicates).toBeLessThan(EVENTS / 100);
    const holds = (text: string): boolean => lines.some((line) => line.includes(text));
    expect(holds('"arguments":"-i"')).toBe(true);
    expect(holds('/dev/tcp/')).toBe(true);
    expect(holds('security_file_permission","args":[{"file_arg":{"path":"/var/run/secrets/')).toBe(
      true,
    );
    expect(holds('/usr/bin/nsenter')).toBe(true);
  });

  test('names every process once: node, start and pid in its id', () => {
    const ids = new Map<string, string>();
    for (const [index, event] of events.entries()) {
      const process = event.process_exec?.process;
      if (process === undefined) continue;
      const id = Buffer.from(process.exec_id, 'base64').toString('latin1');
      expect(id).toMatch(
        new RegExp(`^worker-\\d\\d\\.example\\.internal:\\d{13,17}:${process.pid}$`),
      );
      const known = ids.get(id);
      expect(known === undefined || known === lines[index]).toBe(true);
      ids.set(id, lines[index] ?? '');
    }
    expect(ids.size).toBeGreaterThan(1000);
  });

  test('is the same for the same seed and another for another', () => {
    const options = { seed: 5, events: 500 };
    expect(linesOf(options)).toEqual(linesOf(options));
    expect(linesOf({ ...options, seed: 6 })).not.toEqual(linesOf(options));
    expect(createEventStream(options).pods).toEqual(createEventStream(options).pods);
  });

  test('can consist of process starts only', () => {
    const execs = linesOf({ seed: 5, events: 500, execsOnly: true, attackEvery: 1e9 });
    expect(execs.every((line) => line.startsWith('{"process_exec":'))).toBe(true);
  });

  test('the pod dump knows every container of the stream', () => {
    const { pods } = createEventStream({ seed: 1, events: 1 });
    const { items } = pods as {
      items: { status: { containerStatuses: { containerID: string }[] } }[];
    };
    const known = new Set(items.map((pod) => pod.status.containerStatuses[0]?.containerID));
    expect(known.size).toBe(500);
    for (const line of lines) {
      const id = /"container":\{"id":"([^"]+)"/.exec(line)?.[1];
      if (id !== undefined) expect(known.has(id)).toBe(true);
    }
  });
});

describe('files of the benchmarks', () => {
  const files = { events: join(folder, 'stream.ndjson'), pods: join(folder, 'pods.json') };
  const options = { seed: 2, events: 2000 };

  test('are written line by line, and the yardstick parses each', () => {
    const written = writeStream(options, files);
    expect(readFileSync(files.events, 'utf8')).toBe(`${linesOf(options).join('\n')}\n`);
    expect(written).toEqual({ lines: 2000, bytes: readFileSync(files.events).byteLength });
    expect(parseEveryLine(files.events)).toMatchObject(written);
  });

  test('lines can be made to happen now, without changing anything but times', () => {
    writeStream(options, files);
    const second = Date.UTC(2030, 0, 1, 12) / 1000;
    const live = readLiveLines(files.events, 1500);
    expect(live).toHaveLength(1500);
    const original = linesOf(options);
    for (const [index, line] of live.entries()) {
      line.happenAt(second);
      const text = line.bytes.toString('latin1');
      const time = (JSON.parse(text) as Event).time;
      expect(time).toMatch(/^2030-01-01T12:00:00\./);
      expect(timeless(text)).toBe(timeless(original[index] ?? ''));
    }
  });

  test('a start time keeps its distance to the event', () => {
    const line = createLiveLine(
      '{"process_exec":{"process":{"start_time":"2026-01-01T00:00:00.1Z"}},"time":"2026-01-01T00:01:00.2Z"}',
    );
    line.happenAt(Date.UTC(2026, 5, 1, 0, 1) / 1000);
    expect(line.bytes.toString('latin1')).toContain('"start_time":"2026-06-01T00:00:00.1Z"');
    expect(line.sensor).toBe('tetragon');
  });
});

test('lines leave in the order of their departure, equal ones in the order they came', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20)), (times) => {
      const queue = createDepartureQueue();
      for (const [index, time] of times.entries()) queue.push(time, `${time}:${index}`);
      const left = times.map(() => queue.pop());
      const expected = times
        .map((time, index) => ({ time, index }))
        .toSorted((a, b) => a.time - b.time || a.index - b.index)
        .map(({ time, index }) => `${time}:${index}`);
      expect(left).toEqual(expected);
      expect(queue.size).toBe(0);
      expect(queue.nextMicros).toBe(Number.POSITIVE_INFINITY);
    }),
  );
});
