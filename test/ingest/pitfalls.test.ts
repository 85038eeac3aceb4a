// Each pitfall that sensors, carriers and attackers have ready, and what becomes of it here.
import Fastify from 'fastify';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { createReceiptClock } from '../../src/ingest/clock.ts';
import { httpIngest } from '../../src/ingest/http.ts';
import { createIntake } from '../../src/ingest/intake.ts';
import { visibleText } from '../../src/lib/visible-text.ts';
import type { SecurityEvent } from '../../src/model/security-event.ts';
import { alert, exec, exit, kprobe } from '../sensors/samples.ts';
import { BY_FILE, type Judged, judgeBody, JUDGED_AT } from '../support/judge-body.ts';
import {
  falcoDrop,
  falcoMetrics,
  tetragonRateLimit,
  tetragonThrottle,
} from '../support/raw-health.ts';

const json = JSON.stringify;
const TIME = '2026-05-28T20:26:03.123456789Z';
const EXEC = json(exec());
const ALERT = json(alert());
const KPROBE = json(kprobe());
const MICROS = Date.UTC(2026, 4, 28, 20, 26, 1) * 1000;
const MINUTE = 60_000_000;

/** The one event of a record. */
function eventOf(record: object | string): SecurityEvent {
  const { events, verdicts } = judgeBody(typeof record === 'string' ? record : json(record));
  const [event] = events;
  if (event === undefined || events.length > 1) throw new Error(verdicts.join());
  return event;
}

const pretty = (record: object): string => JSON.stringify(record, null, 3);

const detailsOf = ({ arrivals }: Judged): string[] =>
  arrivals.flatMap((arrival) => (arrival.outcome === 'rejected' ? [arrival.rejection.detail] : []));

test('log lines of Falco between events are counted and skipped', () => {
  const lines = [
    'Thu May 28 20:26:00 2026: Falco version: 0.44.1 (x86_64)',
    ALERT,
    'Events detected: 1',
    'Rule counts by severity:',
    '   NOTICE: 1',
    'Triggered rules by rule name:',
    '   Terminal shell in container: 1',
    EXEC,
  ].join('\n');
  const skipped = Array.from({ length: 5 }, () => 'log-line');
  expect(judgeBody(lines, { origin: BY_FILE }).verdicts).toEqual([
    'log-line',
    'accepted',
    ...skipped,
    'accepted',
  ]);
  const overHttp = judgeBody(lines).verdicts;
  expect(overHttp.filter((verdict) => verdict === 'accepted')).toHaveLength(2);
  expect(overHttp.filter((verdict) => verdict === 'log-line').length).toBeGreaterThan(3);
});

test('prefixes of a container runtime are stripped, pieces joined per stream', () => {
  const long = json(exec({ arguments: 'x'.repeat(20_000) }));
  const body = [
    `${TIME} stdout P ${long.slice(0, 16_384)}`,
    `${TIME} stderr F level=info msg="between"`,
    `${TIME} stdout F ${long.slice(16_384)}`,
    `${TIME} stdout F ${ALERT}`,
  ].join('\n');
  const { verdicts, events } = judgeBody(body, { origin: BY_FILE });
  expect(verdicts).toEqual(['accepted', 'log-line', 'accepted']);
  expect(events[0]?.process?.arguments).toMatch(/^x{4096}$/);
});

test('pieces are joined only up to the size of an event', () => {
  const piece = `${TIME} stdout P ${'x'.repeat(16_384)}\n`;
  const body = `${piece.repeat(70)}${TIME} stdout F x\n${TIME} stdout F ${EXEC}\n`;
  expect(judgeBody(body).verdicts).toEqual(['too-large', 'accepted']);
});

test('a prefix of syslog is stripped', () => {
  const sidekick = json(alert({}, { uuid: 'b5b1' }));
  const body = [
    `<13>2026-05-28T20:26:06Z 0f1e2d3c4b5a Falco[1]: ${sidekick}`,
    `<13>May 28 20:26:06 node-1 falco: ${json(alert({ 'evt.res': 'x' }))}`,
    `<13>1 ${TIME} node-1 falco 1 - - ${EXEC}`,
  ].join('\n');
  expect(judgeBody(body).verdicts).toEqual(['accepted', 'accepted', 'accepted']);
});

test('wrapped events are taken out, two envelopes deep at most, else refused with a reason', () => {
  const { time, node_name, process_exec: payload } = exec();
  const typed = { time, node_name, type: 'process_exec', payload };
  expect(eventOf(typed).id).toBe(eventOf(EXEC).id);
  expect(eventOf({ log: `${EXEC}\n`, stream: 'stdout', time: TIME }).id).toBe(eventOf(EXEC).id);
  expect(eventOf({ ...exec(), kubernetes: {}, stream: 'stdout' }).id).toBe(eventOf(EXEC).id);
  expect(judgeBody(json({ events: [exec(), alert(), kprobe()] })).events).toHaveLength(3);
  expect(eventOf({ message: { data: exec() } }).id).toBe(eventOf(EXEC).id);
  const deep = judgeBody(json({ message: { data: { log: EXEC } } }));
  expect([deep.verdicts, detailsOf(deep)]).toEqual([
    ['unknown-sensor'],
    ['Behind "message.data" there is no event, and only two envelopes are opened.'],
  ]);
});

test('arrays, objects back to back and printed prettily are cut; comments are named', () => {
  const three = ['accepted', 'accepted', 'accepted'];
  expect(judgeBody(`[${EXEC},\n${ALERT} , ${KPROBE}]`).verdicts).toEqual(three);
  expect(judgeBody(EXEC + ALERT + KPROBE).verdicts).toEqual(three);
  const printed = pretty(exec()) + pretty(alert()) + '\n' + pretty(kprobe());
  expect(judgeBody(printed).verdicts).toEqual(three);
  const commented = `// rule: x\n${pretty(alert()).replace('\n', '// a comment\n')}\n${EXEC}`;
  const judged = judgeBody(commented);
  expect(judged.verdicts).toEqual(['invalid-json', 'invalid-json', 'accepted']);
  for (const detail of detailsOf(judged))
    expect(detail).toContain('Comments (// or /*) are no JSON');
});

test('a byte order mark, CRLF and UTF-16 are read', () => {
  const body = `\uFEFF${EXEC}\r\n${ALERT}\r\n`;
  for (const bytes of [Buffer.from(body), Buffer.from(body, 'utf16le')]) {
    expect(judgeBody(bytes).verdicts).toEqual(['accepted', 'accepted']);
  }
  expect(judgeBody(Buffer.from(EXEC, 'utf16le').swap16()).verdicts).toEqual(['accepted']);
});

async function postPacked(payload: Buffer, headers: Record<string, string>) {
  const intake = createIntake(1 << 20);
  let records = 0;
  intake.deliveries$.subscribe((delivery) => {
    const found = delivery.parts.flatMap((part) => part.records.map(({ bytes }) => bytes));
    records += found.length;
    const { arrivals } = judgeBody(
      Buffer.concat(found.flatMap((bytes) => [bytes, Buffer.from('\n')])),
    );
    delivery.settle({ arrivals, receipts: [] });
  });
  const app = Fastify();
  onTestFinished(() => app.close());
  await app.register(
    httpIngest({
      intake,
      clock: createReceiptClock(() => JUDGED_AT),
      authorize: () => ({ cluster: 'default', latenessMs: 0, sensor: 'any' }),
      hasSecrets: false,
      isSecret: () => false,
      bodyBytesMax: 1 << 20,
      waitMs: 5,
      falcoWaitMs: 5,
      onRefused: () => undefined,
    }),
  );
  const response = await app.inject({ method: 'POST', url: '/v1/ingest', payload, headers });
  return { status: response.statusCode, records };
}

test('gzip of several members is read, said or not, and a bomb is refused', async () => {
  const packed = Buffer.concat([gzipSync(`${EXEC}\n`), gzipSync(`${ALERT}\n`)]);
  expect(await postPacked(packed, { 'content-encoding': 'gzip' })).toEqual({
    status: 200,
    records: 2,
  });
  expect(await postPacked(packed, {})).toEqual({ status: 200, records: 2 });
  const bomb = gzipSync(Buffer.alloc(64 << 20, '{'));
  expect(await postPacked(bomb, { 'content-encoding': 'gzip' })).toEqual({
    status: 413,
    records: 0,
  });
});

test('a cut head, a cut tail and a hole of NULs cost one line each', () => {
  const body = [EXEC.slice(500), ALERT, '\0'.repeat(5000), KPROBE, EXEC.slice(0, 500)].join('\n');
  for (const origin of [undefined, BY_FILE]) {
    expect(judgeBody(body, origin === undefined ? {} : { origin }).verdicts).toEqual([
      'invalid-json',
      'accepted',
      'invalid-json',
      'accepted',
      'invalid-json',
    ]);
  }
  expect(judgeBody(`${'\0'.repeat(5000)}${EXEC}\n`).verdicts).toEqual(['invalid-json', 'accepted']);
});

test('giant arguments are kept, cut in memory and marked', () => {
  const long = eventOf(exec({ arguments: 'a'.repeat(100_000) }));
  expect(long.process?.arguments).toHaveLength(4096);
  expect(long.flags).toEqual(['truncated']);
  expect(eventOf(exec({ flags: 'execve truncArgs' })).flags).toEqual(['truncated']);
  expect(eventOf(alert({ 'proc.cmdline': `${'x'.repeat(507)}[...]` })).flags).toEqual([
    'truncated',
  ]);
});

test('duplicates are told by their content, whatever a delivery adds', () => {
  const copies = [
    alert(),
    alert({}, { uuid: '1' }),
    alert({}, { uuid: '2', tags: [], output: 'cut [...]' }),
  ];
  expect(judgeBody(copies.map((copy) => json(copy)).join('\n')).verdicts).toEqual([
    'accepted',
    'duplicate',
    'duplicate',
  ]);
  const spaced = EXEC.replaceAll(',', ', ').replace('"refcnt":1', '"refcnt":7');
  expect(judgeBody(`${EXEC}\n${spaced}`).verdicts).toEqual(['accepted', 'duplicate']);
});

test('events of the same nanosecond that differ in one field are not one', () => {
  const both = [alert({ 'evt.res': 'SUCCESS' }), alert({ 'evt.res': 'ENOENT' })];
  expect(judgeBody(both.map((one) => json(one)).join('\n')).verdicts).toEqual([
    'accepted',
    'accepted',
  ]);
});

test('bytes that are no UTF-8 are read as U+FFFD and flagged', () => {
  const bytes = Buffer.from(ALERT.replace('sh -c id', 'sh -c MARK'));
  bytes.set([0xff, 0xc0, 0xaf, 0x80], bytes.indexOf('MARK'));
  const { events } = judgeBody(bytes);
  expect(events[0]?.flags).toEqual(['invalid-utf8']);
  expect(events[0]?.process?.commandLine).toBe('sh -c \uFFFD\uFFFD\uFFFD\uFFFD');
});

test('NUL is taken out of text, control characters are shown as escapes', () => {
  const event = eventOf(alert({ 'k8s.pod.name': 'ca\0rt', 'proc.cmdline': 'sh \u001b[2J\u202e' }));
  expect(event.flags).toEqual(['nul-stripped']);
  expect(event.pod?.name).toBe('cart');
  expect(visibleText(event.process?.commandLine ?? '')).toBe(String.raw`sh \x1b[2J\u{202e}`);
});

test('numbers beyond 2^53 are no times, and are kept to the last digit as text', () => {
  const rounded = eventOf(ALERT.replace('1780000000000000000', '1762539428036413309'));
  expect(rounded).toMatchObject({ time: MICROS, timeNanos: 200 });
  const cookie = {
    sock_arg: { cookie: '18446613424241941248', saddr: '10.0.0.1', daddr: '10.0.0.2' },
  };
  const [argument] = eventOf(kprobe({ args: [cookie] })).hook?.arguments ?? [];
  expect(argument?.value).toContain('18446613424241941248');
  const sizes = ['9007199254740993', '9007199254740992'].map((size_arg) =>
    kprobe({ args: [{ size_arg }] }),
  );
  expect(judgeBody(sizes.map((one) => json(one)).join('\n')).verdicts).toEqual([
    'accepted',
    'accepted',
  ]);
});

test.each([
  ['2026-05-28T20:26:01Z', 0, 0],
  ['2026-05-28T20:26:01.1Z', 100_000, 0],
  ['2026-05-28T20:26:01.123456789Z', 123_456, 789],
  ['2026-05-28T22:26:01.5+0200', 500_000, 0],
  ['2026-05-28T20:26:01.5+00:00', 500_000, 0],
])('an odd time is read to the nanosecond: %s', (time, micros, nanos) => {
  expect(eventOf(exec({}, { time }))).toMatchObject({
    time: MICROS + micros,
    timeNanos: nanos,
    flags: [],
  });
});

test('without a readable time the nearest one counts, at last the receipt, and it is flagged', () => {
  const none = { time: '0001-01-01T00:00:00Z' };
  expect(eventOf(exit({ time: '2026-05-28T20:26:05Z' }, none)).time).toBe(MICROS + 4_000_000);
  expect(eventOf(exec({}, { time: undefined })).time).toBe(MICROS - 100_000);
  expect(eventOf(kprobe({}, none))).toMatchObject({ time: JUDGED_AT, flags: ['no-time'] });
  expect(judgeBody(`${TIME} stdout F ${json(kprobe({}, none))}`).events[0]).toMatchObject({
    time: MICROS + 2_123_456,
    flags: ['carrier-time'],
  });
});

test('what lies ahead is ordered by its receipt and keeps its time; what is late still counts', () => {
  const ahead = eventOf(exec({}, { time: '2026-05-28T21:00:00Z' }));
  expect(ahead).toMatchObject({ orderTime: JUDGED_AT, flags: ['clock-skew'] });
  expect(ahead.time).toBeGreaterThan(JUDGED_AT + 30 * MINUTE);
  const [newest, late] = [alert(), alert({}, { time: '2026-05-28T19:26:01Z' })];
  const { events, raised } = judgeBody(`${json(newest)}\n${json(late)}`);
  expect(events).toHaveLength(2);
  expect(events[1]).toMatchObject({
    time: MICROS - 60 * MINUTE,
    orderTime: MICROS - 60 * MINUTE + 100_000,
  });
  expect(raised.placed).toHaveLength(2);
});

test('a process of the host is the node’s, not any pod’s', () => {
  const fields = {
    'container.id': 'host',
    'container.name': 'host',
    'k8s.pod.name': null,
    'k8s.ns.name': null,
  };
  const { events, raised } = judgeBody(json(alert(fields)));
  expect(events[0]).toMatchObject({ onHost: true, container: null, pod: null, node: 'node-1' });
  expect(raised.incidents[0]?.entity).toMatchObject({ kind: 'node' });
  expect(eventOf(exec({ pod: undefined, docker: undefined })).onHost).toBe(true);
});

test.each([
  ['a number', 42, 42],
  ['text', '42', 42],
  ['a wrapper', { value: 42 }, 42],
  ['zero', 0, 0],
  ['absent', undefined, null],
])('a pid may be %s', (_, pid, expected) => {
  expect(eventOf(exec({ pid })).process?.pid).toBe(expected);
});

test('a process that is its own parent, no parent and an empty one end the walk', () => {
  const own = { exec_id: 'a2VybmVs', parent_exec_id: 'a2VybmVs', pid: 0, binary: '<kernel>' };
  const records = [
    { ...exec(), process_exec: { process: { ...own, start_time: TIME }, parent: own } },
    { ...exec(), process_exec: { process: { exec_id: 'b', pid: 2 }, parent: {} } },
    { ...exec(), process_exec: { process: { exec_id: 'c', pid: 3 } } },
  ];
  const { verdicts, raised } = judgeBody(records.map((record) => json(record)).join('\n'));
  expect(verdicts).toEqual(['accepted', 'accepted', 'accepted']);
  for (const enrichment of raised.enrichments) {
    expect(enrichment?.lineage?.ancestors.length ?? 0).toBeLessThanOrEqual(1);
  }
});

test.each([
  ['Warn', 'warning'],
  ['INFO', 'informational'],
  ['info', 'informational'],
  ['ERROR', 'error'],
  ['', 'unknown'],
  [4, 'warning'],
  [undefined, 'unknown'],
  ['urgent', 'unknown'],
])('a priority %j is %s', (priority, expected) => {
  const record = { ...alert(), priority };
  expect(eventOf(record).alert?.priority).toBe(expected);
});

test('odd keys are keys like any other', () => {
  const odd = [
    'bpf/on',
    'lost/ring?read{x]y',
    '__proto__',
    'constructor',
    "'; DROP TABLE event; --",
  ];
  const fields = `{${odd.map((key, n) => `${json(key)}:"v${n}"`).join(',')}}`;
  const text = json({ ...alert(), output_fields: 'HERE' }).replace('"HERE"', fields);
  const found = eventOf(text).alert?.fields;
  expect(odd.map((key) => found?.get(key))).toEqual(odd.map((_, n) => `v${n}`));
  expect(({} as Record<string, unknown>)['v2']).toBeUndefined();
  expect(Object.prototype).not.toHaveProperty('bpf/on');
});

test('a field of a wrong type is null, and the event is kept', () => {
  const event = eventOf(alert({ 'k8s.pod.name': { a: 1 }, 'proc.pid': [1], 'user.uid': 'root' }));
  expect(event.pod).toBeNull();
  expect(event.flags).toEqual(['wrong-type']);
  expect(eventOf(exec({ cwd: 5, uid: 'x' }))).toMatchObject({
    node: 'node-1',
    flags: ['wrong-type'],
  });
});

test('unknown types, rules and values of enumerations are kept', () => {
  const process = (exec()['process_exec'] as { process: unknown }).process;
  const connect = {
    ...exec(),
    process_exec: undefined,
    process_connect: { process, destination_port: 1 },
  };
  expect(eventOf(connect)).toMatchObject({
    kind: 'other',
    hook: { functionName: 'process_connect' },
  });
  expect(eventOf(alert({}, { rule: 'A rule nobody knows' })).alert?.rule).toBe(
    'A rule nobody knows',
  );
  expect(eventOf(kprobe({ action: 99 })).hook?.action).toBe('99');
});

test('what an attacker writes is text and stays text', () => {
  const hostile = 'sh -c {{7*7}} ${7*7} <script>x</script> *b* <!channel> [a](http://b) \u001b[31m';
  const { events, raised } = judgeBody(
    json(alert({ 'proc.cmdline': hostile }, { output: hostile })),
  );
  expect(events[0]?.process?.commandLine).toBe(hostile);
  const [placed] = raised.placed;
  expect(placed?.finding.sentence).toContain('{{7*7}} ${7*7} <script>x</script>');
  expect(placed?.finding.sentence).not.toContain('\u001b');
  expect(raised.incidents[0]?.title).not.toContain('49');
});

test('what sensors say of themselves is no finding; their losses are gaps of coverage', () => {
  const timeMs = MICROS / 1000;
  const totals = { node: 'node-1', startMs: timeMs - 60_000 };
  const body = [
    falcoMetrics({ ...totals, timeMs: timeMs - 20_000, drops: 0 }),
    falcoDrop('node-1', timeMs - 10_000, 347_335),
    falcoMetrics({ ...totals, timeMs, drops: 347_400 }),
    tetragonRateLimit('node-1', timeMs, 12),
    tetragonThrottle('node-1', timeMs, { cgroup: 'cri-1.scope', starts: true }),
  ].map((bytes) => Buffer.from(bytes).toString());
  const { events, raised } = judgeBody(body.join('\n'));
  expect(events.map(({ kind }) => kind)).toEqual(body.map(() => 'health'));
  expect(raised.placed).toEqual([]);
  expect(raised.gaps.map(({ reason, lost: count }) => [reason, count])).toEqual(
    expect.arrayContaining([
      ['event-drop', 347_400],
      ['rate-limit', 12],
      ['throttle', null],
    ]),
  );
});

const EVERY_START = `
title: every start
id: every-start
logsource: {product: linux, category: process_creation}
detection: {s: {Image|startswith: '/'}, condition: s}
level: high
eyrie: {runbook: [1. Look.]}
`;

test('processes that ran before the sensor are a baseline and no finding', () => {
  const old = { flags: 'procFS auid', exec_id: 'old', start_time: '2026-01-01T00:00:00Z' };
  const body = [json(exec(old)), json(exec({ exec_id: 'new' }))].join('\n');
  const { events, raised } = judgeBody(body, { rules: EVERY_START });
  expect(events.map(({ flags }) => flags)).toEqual([['baseline'], []]);
  expect(raised.placed.map(({ finding }) => finding.ruleId)).toEqual(['every-start']);
});
