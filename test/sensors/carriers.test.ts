// Every envelope in which events come, through the splitter and the room.
import { describe, expect, test } from 'vitest';
import { splitBody } from '../../src/ingest/split-records.ts';
import type { Arrival } from '../../src/model/batch.ts';
import type { EventsOrigin } from '../../src/model/origin.ts';
import type { SecurityEvent } from '../../src/model/security-event.ts';
import { createSensorsRoom } from '../../src/sensors/sensors-room.ts';
import { alert, eventOf, exec, FILE_ORIGIN, HTTP_ORIGIN, kprobe, RECEIVED_AT } from './samples.ts';

type Json = Record<string, unknown>;

function read(body: string | Buffer, origin: EventsOrigin = HTTP_ORIGIN): readonly Arrival[] {
  const records = splitBody(Buffer.from(body as string)).map((bytes, position) => ({
    bytes,
    position,
  }));
  const room = createSensorsRoom({ faults: new Set() });
  const parts = [{ origin, receivedAt: RECEIVED_AT, records }];
  return room.step({ sequence: 1, parts }).arrivals;
}

function eventsIn(body: string | Buffer): SecurityEvent[] {
  return read(body).map((arrival) => {
    if (arrival.outcome === 'accepted') return arrival.event;
    throw new Error(JSON.stringify(arrival));
  });
}

/** Code of a rejection, reason of a skip, else the outcome. */
const verdictOf = (arrival: Arrival | undefined): string | undefined => {
  if (arrival?.outcome === 'rejected') return arrival.rejection.code;
  return arrival?.outcome === 'skipped' ? arrival.reason : arrival?.outcome;
};
const verdicts = (body: string, origin?: EventsOrigin) => read(body, origin).map(verdictOf);

const detailOf = (body: string): string | undefined => {
  const [arrival] = read(body);
  return arrival?.outcome === 'rejected' ? arrival.rejection.detail : undefined;
};

const TIME = '2026-05-28T20:26:03.5Z';
const EXEC = JSON.stringify(exec());
const ALERT = JSON.stringify(alert());
const json = JSON.stringify;

const cloudEvent = (changes: Json): Json => ({
  specversion: '1.0',
  id: '1',
  source: 'falco.org',
  type: 'falco.rule.output.v1',
  time: TIME,
  ...changes,
});

/** Each carrier's form of one event, given as its JSON text. */
const FORMS: readonly (readonly [string, (text: string) => string])[] = [
  ['a container runtime', (text) => `${TIME} stdout F ${text}`],
  [
    'a container runtime in pieces',
    (text) => `${TIME} stdout P ${text.slice(0, 99)}\n${TIME} stdout F ${text.slice(99)}`,
  ],
  ['Docker', (text) => json({ log: `${text}\n`, stream: 'stdout', time: TIME })],
  [
    'Docker in pieces',
    (text) =>
      [text.slice(0, 99), `${text.slice(99)}\n`]
        .map((log) => json({ log, stream: 'stdout', time: TIME }))
        .join('\n'),
  ],
  [
    'Docker with attributes',
    (text) => json({ log: `${text}\n`, stream: 'stdout', attrs: { tag: 'x' }, time: TIME }),
  ],
  ['syslog of RFC 3164', (text) => `<13>May 28 20:26:03 host-1 Falco[1]: ${text}`],
  ['syslog with a newer time', (text) => `<13>2026-05-28T20:26:03Z 0f1e2d3c4b5a Falco[1]: ${text}`],
  ['syslog without a host', (text) => `<13>May  8 20:26:03 falco: ${text}`],
  ['syslog of RFC 5424', (text) => `<13>1 ${TIME} host-1 falco 1 - - ${text}`],
  [
    'syslog with structured data',
    (text) => `<13>1 ${TIME} host-1 falco 1 ID [a@1 b="c"] \uFEFF${text}`,
  ],
  ['journalctl', (text) => `May 28 20:26:03 host-1 falco[77]: ${text}`],
  ['kubectl logs --timestamps', (text) => `${TIME} ${text}`],
  ['kubectl logs --prefix', (text) => `[pod/falco-x1/falco] ${text}`],
  ['docker compose logs', (text) => `falco-1  | ${text}`],
  ['Fluent Bit', (text) => json({ stream: 'stdout', logtag: 'F', log: text, time: TIME })],
  ['Fluent Bit with a date', (text) => json({ date: 1_780_000_000.123, log: text })],
  ['a pair of Fluent Bit', (text) => json([1_780_000_000.123, { log: text }])],
  ['a pair with metadata', (text) => json([[1_780_000_000.123, { a: 1 }], { log: text }])],
  ['Fluentd with its tag', (text) => json(['kube.falco', 1_780_000_000, JSON.parse(text)])],
  [
    'Fluent Bit with merged keys',
    (text) =>
      json({ ...(JSON.parse(text) as Json), kubernetes: { host: 'other' }, stream: 'stdout' }),
  ],
  [
    'Fluent Bit with a merge key',
    (text) => json({ log: text, log_processed: JSON.parse(text) as Json }),
  ],
  [
    'Vector',
    (text) =>
      json({ file: '/a.log', host: 'h', message: text, source_type: 'file', timestamp: TIME }),
  ],
  [
    'Vector of a raw log of a container',
    (text) => json({ message: `${TIME} stdout F ${text}`, source_type: 'file' }),
  ],
  ['Vector, parsed', (text) => json({ message: JSON.parse(text) as Json, source_type: 'x' })],
  [
    'Vector, merged',
    (text) => json({ ...(JSON.parse(text) as Json), source_type: 'file', timestamp: TIME }),
  ],
  [
    'Filebeat',
    (text) => json({ '@timestamp': TIME, agent: {}, message: text, log: { offset: 1 } }),
  ],
  ['journald as JSON', (text) => json({ MESSAGE: text, PRIORITY: '6', _HOSTNAME: 'h' })],
  ["Splunk's collector", (text) => json({ event: JSON.parse(text) as Json, time: 1_780_000_000 })],
  ['CloudEvents', (text) => json(cloudEvent({ data: JSON.parse(text) as Json }))],
  ['CloudEvents with text', (text) => json(cloudEvent({ data: text }))],
  [
    'CloudEvents in base64',
    (text) => json(cloudEvent({ data_base64: Buffer.from(text).toString('base64') })),
  ],
  ['a batch of CloudEvents', (text) => `[${json(cloudEvent({ data: JSON.parse(text) as Json }))}]`],
  ['a list in a member', (text) => `{"events":[${text}]}`],
  ['a list of pairs', (text) => `[[1780000000,${text}]]`],
  ['a payload', (text) => json({ topic: 'x', payload: text })],
  ['two envelopes', (text) => json({ message: json({ log: text, stream: 'stdout' }) })],
  ['a mark and CRLF', (text) => `\uFEFF${text}\r\n`],
];

describe('what carriers bring is read as if it had come alone', () => {
  test.each(FORMS)('%s', (_, form) => {
    for (const text of [EXEC, ALERT, json(kprobe())]) {
      const [event, ...others] = eventsIn(form(text));
      expect(others).toEqual([]);
      const { id, kind, time, node, flags, process, alert: facts } = eventOf(text);
      expect(event).toMatchObject({ id, kind, time, node, flags, process });
      expect(event?.alert?.fields).toEqual(facts?.fields);
    }
  });

  test('falcosidekick adds an id of its own, which tells nothing', () => {
    const wrapped = alert({}, { uuid: '0f1e2d3c-0000-4000-8000-000000000001' });
    expect(eventOf(wrapped).id).toBe(eventOf(alert()).id);
  });

  test('several events of an envelope are several records', () => {
    const body = json({
      source: 'x',
      events: [exec(), alert(), { log: json(exec({}, { time: TIME })) }],
    });
    expect(eventsIn(body).map((event) => event.kind)).toEqual(['exec', 'alert', 'exec']);
  });
});

describe('a type beside its payload', () => {
  const payload = exec()['process_exec'];

  test('is what Tetragon writes, in another arrangement', () => {
    const { time, node_name } = exec();
    const body = json({ time, node_name, type: 'process_exec', payload });
    expect(eventsIn(body)).toMatchObject([{ id: eventOf(exec()).id, node: 'node-1', flags: [] }]);
  });

  test('may stand around the whole event', () => {
    expect(eventsIn(json({ type: 'process_exec', payload: exec() }))).toMatchObject([
      { id: eventOf(exec()).id },
    ]);
  });
});

describe('time and node of a carrier', () => {
  const untimed = alert({ 'evt.time': undefined }, { time: undefined });

  test('count where the event has none, and it is flagged', () => {
    const [event] = eventsIn(`${TIME} stdout F ${json(untimed)}`);
    expect(event).toMatchObject({ time: Date.parse(TIME) * 1000, flags: ['carrier-time'] });
    const unnamed = exec({}, { node_name: undefined });
    const [named] = eventsIn(json({ log: json(unnamed), kubernetes: { host: 'node-9' } }));
    expect(named).toMatchObject({ node: 'node-9', flags: ['carrier-node'] });
    const host = `node\0-${'9'.repeat(5000)}`;
    const [odd] = eventsIn(json({ log: json(unnamed), kubernetes: { host } }));
    expect(odd?.node).toMatch(/^node-9{4091}$/);
    const [merged] = eventsIn(json({ ...unnamed, kubernetes: { host: 'node-9' } }));
    expect(merged).toMatchObject({ node: 'node-9', flags: ['carrier-node'] });
  });

  test('a number of seconds or milliseconds is a time too', () => {
    const at = 1_780_000_000_123_000;
    for (const date of [1_780_000_000.123, 1_780_000_000_123, '1780000000.123']) {
      expect(eventsIn(json({ date, log: json(untimed) }))).toMatchObject([{ time: at }]);
    }
  });

  test('tell apart what nothing else does', () => {
    const times = ['2026-05-28T20:26:01Z', '2026-05-28T20:26:02Z', '2026-05-28T22:26:01.0+02:00'];
    const lines = times.map((time) => `${time} stdout F ${json(untimed)}\n`);
    expect(verdicts(lines.join(''))).toEqual(['accepted', 'accepted', 'duplicate']);
  });

  test("do not count where the event's own can be read", () => {
    const [event] = eventsIn(
      json({ node_name: 'x', time: TIME, log: EXEC, kubernetes: { host: 'y' } }),
    );
    expect(event).toMatchObject({ node: 'node-1', time: eventOf(exec()).time, flags: [] });
  });

  test('that are no such thing do not count', () => {
    const [event] = eventsIn(json({ date: -5, time: 'soon', log: json(untimed), kubernetes: 7 }));
    expect(event?.flags).toEqual(['no-time']);
  });
});

describe('what is no event', () => {
  test.each([
    ['a line of a container', `${TIME} stderr F level=info msg=x`],
    ['an empty line of a container', `${TIME} stdout F `],
    ['a line in a log of Docker', json({ log: 'Falco 0.44\n', stream: 'stderr', time: TIME })],
    ['a line that Vector brings', json({ message: 'Falco 0.44', source_type: 'file' })],
    ["an agent's own log in JSON", json({ level: 'info', msg: 'Starting Tetragon', time: TIME })],
    ['a line of Falco', 'Thu May 28 20:26:03 2026: Loading rules from file'],
    ["a line of Falco's summary", 'Events detected: 12'],
    ['a line of Tetragon', 'time="2026-05-28T20:26:03Z" level=info msg="{}"'],
    ['a line of a Go program', 'I0528 20:26:03.123456       1 main.go:1] {}'],
  ])('%s is skipped, over HTTP too', (_, line) => {
    expect(verdicts(line)).toEqual(['log-line']);
  });

  test.each([
    ['alone', '20:26:03.123456789: Warning A shell (user=root)', 'not-json'],
    ['in a log', json({ log: '20:26:03.123456789: Warning A\n', stream: 'stdout' }), 'not-json'],
    ['with a long time', '2026-05-28T20:26:03.123456789+0000: Notice A shell', 'not-json'],
  ])('an alert as text is refused over HTTP: %s', (_, line, code) => {
    expect(verdicts(line)).toEqual([code]);
    expect(detailOf(line)).toContain('json_output');
  });

  test.each([
    ['a line that quotes one', `Thu May 28 20:26:03 2026: warning: ${EXEC}`],
    ['an alert as text that quotes one', `20:26:03.123456789: Warning A shell ${EXEC}`],
    ['text in front of it', `what an attacker wrote: ${EXEC}`],
    ['a quoted one in a log', `${TIME} stdout F Warning ${EXEC}`],
    ['one in another program of syslog', `<13>May 28 20:26:03 host-1 sshd[7]: ${EXEC}`],
    ['one in the message of a server', `${TIME} INFO body: ${EXEC}`],
    ['one behind data of syslog', `<13>1 ${TIME} h falco 1 - [x a="b"] user typed ] ${EXEC}`],
  ])('an event behind other text is none: %s', (_, line) => {
    expect(read(line).some((arrival) => arrival.outcome === 'accepted')).toBe(false);
    expect(verdicts(line, FILE_ORIGIN)).toEqual(['log-line']);
  });

  test.each([
    [json({ a: 1, b: { c: 2 } }), 'unknown-sensor', 'The record has the members "a", "b"'],
    [
      json({ log: json({ a: 1 }), stream: 'x' }),
      'unknown-sensor',
      'The member "log" has the only member "a"',
    ],
    [json({ message: { log: { data: exec() } } }), 'unknown-sensor', 'Behind "message.log"'],
    [json({ payload: [exec()] }), 'unknown-sensor', 'The member "payload" is a list of 1'],
    [
      json({ log: EXEC.slice(0, 200), stream: 'x' }),
      'invalid-json',
      'The member "log" is an event that was cut',
    ],
    [json({ log: '{a}', stream: 'x' }), 'invalid-json', 'is no valid JSON'],
    ['[1,2]', 'not-an-object', 'one object per event'],
    [json([1, { a: 1 }]), 'unknown-sensor', 'the only member "a"'],
    ['{"a\\u001b[2J":1}', 'unknown-sensor', String.raw`"a\x1b[2J"`],
    ['{}', 'unknown-sensor', 'no members'],
  ])('is refused with what was found: %s', (body, code, detail) => {
    expect([verdicts(body), detailOf(body)]).toEqual([[code], expect.stringContaining(detail)]);
  });

  test('JSON within JSON is no deeper than any other', () => {
    const deep = `{"rule":"x","output_fields":${'['.repeat(100)}${']'.repeat(100)}}`;
    expect(verdicts(json({ log: deep, stream: 'x' }))).toEqual(['invalid-json']);
  });
});

test('what repeats in events is read alike behind a prefix', () => {
  const times = [1, 2, 3].map((n) => `2026-05-28T20:26:01.00000${n}Z`);
  const lines = times.map((time) => `${TIME} stdout F ${json(exec({}, { time }))}`);
  const events = eventsIn(lines.join('\n'));
  expect(events.map((event) => event.process)).toEqual(
    Array.from({ length: 3 }, () => eventOf(exec()).process),
  );
  expect(new Set(events.map((event) => event.id)).size).toBe(3);
});
