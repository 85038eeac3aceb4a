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
    const chunk = bytes.slice(at, at + length);
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

  test('members of a list that lies over lines', () => {
    expect(split('{"events":[\n{"a":1},\n{"b":2}\n]}')).toEqual([
      '{"events":[',
      '{"a":1}',
      '{"b":2}',
      ']}',
    ]);
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

test('any chunking gives the same records', () => {
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 40 }),
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
