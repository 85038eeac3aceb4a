import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRecordSplitter, splitBody } from '../../src/ingest/split-records.ts';

const texts = (records: readonly Uint8Array[]): string[] =>
  records.map((record) => Buffer.from(record).toString());

const split = (text: string | Uint8Array, recordBytesMax?: number): string[] =>
  texts(splitBody(Buffer.from(text as string), recordBytesMax));

/** The records of a stream that comes in chunks of these lengths, over and over. */
function splitChunks(
  bytes: Uint8Array,
  lengths: readonly number[],
  recordBytesMax?: number,
): string[] {
  const splitter = createRecordSplitter(recordBytesMax);
  const records: Uint8Array[] = [];
  let turn = 0;
  for (let at = 0; at < bytes.length; turn += 1) {
    const length = lengths[turn % lengths.length] ?? 1;
    // The chunk is wiped afterwards: the splitter must not have kept a view of it.
    const chunk = Uint8Array.from(bytes.subarray(at, at + length));
    records.push(...splitter.push(chunk));
    chunk.fill(0x78);
    at += length;
  }
  return texts([...records, ...splitter.end()]);
}

const A = '{"a":{"b":[1,{"c":"}{ \\" ] \\\\"}]}}';
const B = '{"rule":"x","n":1}';
const PRETTY = JSON.stringify(JSON.parse(A), null, 2);

describe('framings', () => {
  test.each([
    ['one object', A, [A]],
    ['lines', `${A}\n${B}\n`, [A, B]],
    ['CRLF and blank lines', `\r\n${A}\r\n\r\n  \r\n${B}`, [A, B]],
    ['back to back', `${A}${B}${A}`, [A, B, A]],
    ['blanks between', `${A} ${B}\t${A}`, [A, B, A]],
    ['a list', `[${A},${B}]`, [A, B]],
    ['a list over lines', `[\n  ${A},\n  ${B}\n]\n${A}`, [A, B, A]],
    ['an empty list', '[ ]', []],
    ['pretty-printed', `${PRETTY}\n${PRETTY}\n`, [PRETTY, PRETTY]],
    ['pretty-printed back to back', PRETTY + PRETTY, [PRETTY, PRETTY]],
    ['a byte order mark', `\uFEFF${A}\n\uFEFF${B}`, [A, B]],
    ['lines with commas', `${A},\n${B},\n`, [A, B]],
    ['nothing', ' \n\r\n', []],
  ])('%s', (_, text, expected) => {
    expect(split(text)).toEqual(expected);
  });

  test('text lines are records too', () => {
    expect(split(`Falco started\n${A}\n[2026] log\n${B}\n"x"\n`)).toEqual([
      'Falco started',
      A,
      '[2026] log',
      B,
      '"x"',
    ]);
  });

  test('members of a list that are no objects stand alone', () => {
    expect(split(`[${A}, 5, "a,b", [1,[2]], ${B}]`)).toEqual([A, '5', '"a,b"', '[1,[2]]', B]);
  });

  test('members of a list in a member lie alone, its object is left out', () => {
    const pretty = `{\n  "events" : [\n    {"a":1},\n    {"b":2}\n  ],\n  "n": [2]\n}`;
    for (const text of [
      '{"events":[{"a":1},{"b":2}]}',
      '{"events":[\n{"a":1},\n{"b":2}\n]}',
      '{"source":"x","t":{"events":1},"records":[{"a":1},{"b":2}],"count":2}',
      pretty,
    ]) {
      expect(split(text)).toEqual(['{"a":1}', '{"b":2}']);
      expect(split(`${text}\n${text}${A}\n${B}`)).toEqual([
        '{"a":1}',
        '{"b":2}',
        '{"a":1}',
        '{"b":2}',
        A,
        B,
      ]);
    }
  });

  test.each(['host', 'hostnames', 'offset', 'user', 'partition', 'process', 'zone'])(
    'an envelope may begin with the member %s',
    (name) => {
      expect(split(`{"${name}":"x","events":[${A},${B}]}`)).toEqual([A, B]);
    },
  );

  test.each([
    `{"date":1.5,"process_exec":{"process":{"pid":1}},"node_name":"n","logs":[]}`,
    `{"zone":1,"rule":"Real","output_fields":{},"logs":[{"rule":"Forged"}]}`,
  ])('an event is one record, whatever lists it has: %s', (event) => {
    expect(split(`${event}\n${A}`)).toEqual([event, A]);
  });

  test.each([
    ['is no list', '{"events":5}'],
    ['lies deeper', '{"x":{"events":[{"a":1}]}}'],
    ['is only a text', '{"x":"\\"events\\":[{"}'],
    ['has another name', '{"event":[{"a":1}]}'],
  ])('an object is one record where its list %s', (_, text) => {
    expect(split(`${text}\n${A}`)).toEqual([text, A]);
  });

  test('an envelope larger than a record is cut into its records all the same', () => {
    const events = Array.from({ length: 50 }, (_, n) => `{"n":${n}}`);
    expect(split(`{"events":[${events.join(',')}]}\n${A}`, 60)).toEqual([...events, A]);
  });

  test('a list may hold a bare value first', () => {
    expect(split(`[5,${A},${B}]\n${A}`)).toEqual(['5', A, B, A]);
    expect(split(`[null,"x",[1],${A}, ${B}]`)).toEqual(['null', '"x"', '[1]', A, B]);
  });

  test('pairs of a time and an event stay together', () => {
    const pair = `[1738555506.1,${A}]`;
    const tagged = `["tag",1738555506,${A}]`;
    expect(split(`${pair}\n${tagged}\n[${pair},${pair}]\n${B}`)).toEqual([
      pair,
      tagged,
      pair,
      pair,
      B,
    ]);
  });
});

const EXEC = '{"process_exec":{"process":{"binary":"/a","args":[{"x":1},{"y":2}]}},"time":"t"}';
const ALERT = '{"hostname":"n","rule":"r","output_fields":{}}';

describe('several events on one line', () => {
  test.each([',', ', ', ']', 'xx', ' ', '\t', '\r', '}', '],[', ''])(
    'with %j between them',
    (junk) => {
      for (const pair of [
        [EXEC, ALERT],
        [ALERT, EXEC],
        [EXEC, EXEC],
        [ALERT, ALERT],
      ]) {
        const records = split(`${pair.join(junk)}\n${B}\n`);
        expect(records.filter((record) => record.startsWith('{'))).toEqual([...pair, B]);
      }
    },
  );

  test('a line of a log does not end at an object', () => {
    expect(split(`level=info ${EXEC}\n${B}`)).toEqual([`level=info ${EXEC}`, B]);
  });
});

describe('UTF-16', () => {
  const text = `${A}\n{"name":"é€😀"}\n${B}\n`;
  const expected = [A, '{"name":"é€😀"}', B];
  const little = Buffer.from(text, 'utf16le');
  const big = Buffer.from(little).swap16();

  test.each([
    ['little endian', little],
    ['big endian', big],
    ['little endian with its mark', Buffer.concat([Buffer.from([0xff, 0xfe]), little])],
    ['big endian with its mark', Buffer.concat([Buffer.from([0xfe, 0xff]), big])],
  ])('%s is read', (_, bytes) => {
    expect(split(bytes)).toEqual(expected);
    for (const length of [1, 3, 7, 50]) expect(splitChunks(bytes, [length])).toEqual(expected);
  });

  test('a few bytes are taken for what they are', () => {
    expect(split('{}')).toEqual(['{}']);
    expect(splitChunks(Buffer.from('{}'), [1])).toEqual(['{}']);
  });
});

describe('damage stays where it is', () => {
  test.each([
    ['cut in a string', `{"a":"b\n${A}\n`, ['{"a":"b', A]],
    ['cut between members', `{"a":{"b":1},\n${A}\n`, ['{"a":{"b":1},', A]],
    ['cut behind an escape', `{"a":"b\\\n${A}\n`, ['{"a":"b\\', A]],
    ['cut pretty', `${PRETTY.slice(0, 20)}\n${PRETTY}\n`, [PRETTY.slice(0, 20).trimEnd(), PRETTY]],
    [
      'cut in an indented list',
      `[\n  {"a": {\n    "b": 1\n  {"c": 2}\n]`,
      ['{"a": {\n    "b": 1', '{"c": 2}'],
    ],
    ['a hole between lines', `${A}\n\0\0\0\n${B}\n`, [A, '\0\0\0', B]],
    ['a hole in front of a record', `${A}\n\0\0\0${B}\n`, [A, '\0\0\0', B]],
    ['a hole in a record', `{"a":"b\0\0\0${B}\n${A}\n`, ['{"a":"b\0\0\0', B, A]],
    ['a NUL in a record', `{"a":"b\0c"}\n${B}\n`, ['{"a":"b\0c"}', B]],
    ['an end in the middle', `${A}\n{"a":{`, [A, '{"a":{']],
    ['a list without end', `[${A},{"a":`, [A, '{"a":']],
  ])('%s', (_, text, expected) => {
    expect(split(text)).toEqual(expected);
  });

  test('an over-long record comes cut, its neighbors whole', () => {
    const long = `{"long":"${'x'.repeat(100)}"}`;
    const cut = long.slice(0, 51);
    for (const text of [`${A}\n${long}\n${B}\n`, `[${A},${long},${B}]`, A + long + B]) {
      expect(split(text, 50)).toEqual([A, cut, B]);
    }
    const line = 'x'.repeat(200);
    expect(split(`${A}\n${line}\n${B}`, 50)).toEqual([A, line.slice(0, 51), B]);
  });

  test('memory stays bounded while an over-long record passes', () => {
    const splitter = createRecordSplitter(1000);
    const chunk = Buffer.alloc(500, 'x');
    const records = splitter.push(Buffer.from('{"a":"'));
    for (let turn = 0; turn < 1000; turn += 1) {
      records.push(...splitter.push(chunk));
      expect(splitter.pendingBytes).toBeLessThanOrEqual(1500);
    }
    records.push(...splitter.push(Buffer.from(`"}\n${B}\n`)), ...splitter.end());
    expect(records.map((record) => record.length)).toEqual([1001, B.length]);
  });
});

/** Pieces from which hostile streams are put together. */
const piece = fc.constantFrom(
  A,
  B,
  PRETTY,
  '\n',
  '\r\n',
  ' ',
  '\t',
  ',',
  '{',
  '}',
  '[',
  ']',
  '"',
  '\\',
  '\0',
  '\0{',
  'x',
  '\uFEFF',
  'é',
  '{"long":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}',
);

/** Pieces of carriers, whose envelopes and cuts the records do not show. */
const carried = fc.constantFrom(
  '{"events":[',
  '"events":[',
  '{"hostname"',
  '[5,',
  '2025-02-03T04:05:06Z stdout P ',
  '{"log":"{',
  '","stream":"stdout"}',
);

test('any chunking gives the same records', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(piece, carried), { maxLength: 40 }),
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 5, max: 60 }),
      (pieces, lengths, recordBytesMax) => {
        const bytes = Buffer.from(pieces.join(''));
        const whole = split(bytes, recordBytesMax);
        expect(splitChunks(bytes, lengths, recordBytesMax)).toEqual(whole);
      },
    ),
    { numRuns: 1500 },
  );
});

const meaningful = (value: string): string => value.replace(/[\s,[\]\uFEFF]/g, '');

test('nothing but blanks, separators and brackets of lists is left out', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = pieces.join('');
      expect(meaningful(split(text).join(''))).toBe(meaningful(text));
    }),
    { numRuns: 500 },
  );
});

test('records of a whole body are views into it', () => {
  const body = Buffer.from(`${A}\n${B}`);
  expect(splitBody(body).every((record) => record.buffer === body.buffer)).toBe(true);
});

test.each([
  ['a bare carriage return', '\r'],
  ['a blank', ' '],
])('events on one line with %s between them are all found', (_name, between) => {
  const events = ['{"process_exec":{"a":[{"b":1},{"c":2}]}}', '{"hostname":"n"}', '{"output":"x"}'];
  for (const end of ['', '\n', '\r\n']) {
    const found = splitBody(Buffer.from(events.join(between) + end));
    expect(found.map((record) => Buffer.from(record).toString())).toEqual(events);
  }
});
