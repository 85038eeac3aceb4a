import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LineDecoder, type PlacedRecord } from '../../src/ingest/line-decoder.ts';
import { splitBody } from '../../src/ingest/split-records.ts';

const EVENT = '{"process_exec":{"process":{"binary":"/bin/\\"a\\" b","arguments":"x  y "}}}';
const TIME = '2025-02-03T04:05:06.123456789Z';

const textOf = (record: Uint8Array): string => Buffer.from(record).toString();
const splitText = (text: string, recordBytesMax?: number): string[] =>
  splitBody(Buffer.from(text), recordBytesMax).map(textOf);

const cri = (stream: string, tag: string, content: string): string =>
  `${TIME} ${stream} ${tag} ${content}\n`;

const docker = (text: string, stream = 'stdout'): string =>
  `${JSON.stringify({ log: text, stream, time: TIME })}\n`;

/** The same text in pieces of so many characters. */
function piecesOf(text: string, chars: number): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; at += chars) pieces.push(text.slice(at, at + chars));
  return pieces;
}

const criPieces = (text: string, chars: number, stream = 'stdout'): string[] =>
  piecesOf(text, chars).map((piece, index, all) =>
    cri(stream, index === all.length - 1 ? 'F' : 'P', piece),
  );

const dockerPieces = (text: string, chars: number, stream = 'stdout'): string[] =>
  piecesOf(`${text}\n`, chars).map((piece) => docker(piece, stream));

describe('lines of a container runtime', () => {
  test('pieces are joined into the line that they are of, blanks at their ends included', () => {
    for (const chars of [1, 5, 7, 30, 60]) {
      const [whole] = splitText(criPieces(EVENT, chars).join(''));
      expect(whole).toBe(cri('stdout', 'F', EVENT).trimEnd());
    }
  });

  test('further tags and an empty last piece', () => {
    const text = `${TIME} stdout P:x:y ${EVENT}\n${TIME} stdout F\n`;
    expect(splitText(text)).toEqual([`${TIME} stdout F:x:y ${EVENT}`]);
  });

  test('streams do not mix, and lines keep the order in which they begin', () => {
    const [first = '', ...others] = criPieces(EVENT, 20);
    const between = cri('stderr', 'F', 'level=info msg=x');
    const other = criPieces('{"b":"other"}', 5, 'stderr');
    const lines = [cri('stdout', 'F', 'a'), first, between, ...other, ...others, EVENT];
    expect(splitText(lines.join(''))).toEqual([
      cri('stdout', 'F', 'a').trim(),
      cri('stdout', 'F', EVENT).trim(),
      between.trim(),
      cri('stderr', 'F', '{"b":"other"}').trim(),
      EVENT,
    ]);
  });

  test('a line without an end is handed out as it is when the body ends', () => {
    const lines = criPieces(EVENT, 20).slice(0, -1);
    const cut = EVENT.slice(0, 20 * lines.length);
    expect(splitText(lines.join(''))).toEqual([`${TIME} stdout F ${cut}`]);
  });

  test('an over-long line comes cut, its neighbors whole', () => {
    const long = criPieces('x'.repeat(1000), 50).join('');
    const records = splitText(`${EVENT}\n${long}${EVENT}\n`, 100);
    expect(records.map((record) => record.length)).toEqual([EVENT.length, 101, EVENT.length]);
  });

  test('a line whose end never comes keeps its neighbors waiting for a bounded time', () => {
    const decoder = new LineDecoder({ recordBytesMax: 200 });
    decoder.push(Buffer.from(cri('stdout', 'P', '{"never":')));
    let records = 0;
    for (let turn = 0; turn < 50; turn += 1) {
      records += decoder.push(Buffer.from(`{"n":${turn}}\n`)).length;
      expect(decoder.pendingBytes).toBeLessThan(500);
    }
    expect(records).toBe(51);
  });
});

describe("lines of Docker's log", () => {
  test('pieces are joined into the object that holds the whole text', () => {
    for (const chars of [12, 16, 30, 60]) {
      const records = splitText(dockerPieces(EVENT, chars).join(''));
      expect(records).toEqual([docker(`${EVENT}\n`).trim()]);
    }
  });

  test('only pieces of events are waited for', () => {
    const lines = [docker('no line break'), docker('level=info\n'), docker(EVENT), docker('{}\n')];
    expect(splitText(lines.join(''))).toEqual(lines.map((line) => line.trim()));
  });

  test('a backslash in front of an n is no line break', () => {
    const path = '{"a":"C:\\\\n';
    expect(splitText(docker(path) + docker('"}\n'))).toEqual([docker(`${path}"}\n`).trim()]);
  });

  test.each([
    ['behind both', ': ', ', '],
    ['behind the colon', ': ', ','],
    ['behind the comma', ':', ', '],
    ['everywhere', ' :\t', ' ,  '],
  ])('blanks %s make no difference, and the places stay right', (_, colon, comma) => {
    const spaced = (text: string): string =>
      `{"log"${colon}${JSON.stringify(text)}${comma}"stream"${colon}"stdout"${comma}"time"${colon}"${TIME}"}\n`;
    const tricky = '{"output":"say \\", \\"stream","b":"stream"}';
    for (const chars of [12, 16, 21, 30]) {
      const first = piecesOf(`${EVENT}\n`, chars).map(spaced).join('');
      const text = `${first}${piecesOf(`${tricky}\n`, chars).map(spaced).join('')}${EVENT}\n`;
      for (const step of [7, 64, text.length]) {
        const decoder = new LineDecoder();
        const placed: PlacedRecord[] = [];
        for (const part of piecesOf(text, step)) placed.push(...decoder.push(Buffer.from(part)));
        placed.push(...decoder.end());
        expect(placed.map(({ bytes }) => textOf(bytes))).toEqual([
          spaced(`${EVENT}\n`).trim(),
          spaced(`${tricky}\n`).trim(),
          EVENT,
        ]);
        expect(placed.map(({ offset }) => offset)).toEqual([
          0,
          first.length,
          text.length - EVENT.length - 1,
        ]);
      }
    }
  });

  test('other shippers put members between: their events wait for nothing', () => {
    for (const blank of ['', ' ']) {
      const log = JSON.stringify(EVENT);
      const line = `{"log":${blank}${log},${blank}"time":${blank}"x",${blank}"stream":${blank}"stdout"}`;
      const decoder = new LineDecoder();
      expect(decoder.push(Buffer.from(`${line}\n`)).map(({ bytes }) => textOf(bytes))).toEqual([
        line,
      ]);
    }
  });

  test('an event behind one that its program never finished is whole', () => {
    const text = docker('{"process_exec":{"cut') + docker(`${EVENT}\n`);
    expect(splitText(text)).toEqual([
      docker('{"process_exec":{"cut').trim(),
      docker(`${EVENT}\n`).trim(),
    ]);
  });
});

const line = fc.oneof(
  fc.constantFrom(
    '',
    'text\n',
    `${EVENT}\n`,
    '\0\0\n',
    '[{"a":1},{"b":2}]\n',
    `${EVENT}${EVENT}\n`,
  ),
  fc
    .tuple(
      fc.constantFrom('stdout', 'stderr'),
      fc.constantFrom('P', 'F'),
      fc.integer({ max: 9, min: 0 }),
    )
    .map(([stream, tag, n]) => cri(stream, tag, `{"n": ${n} `)),
  fc
    .tuple(fc.constantFrom('stdout', 'stderr'), fc.constantFrom('{"a', ' b ', 'c\n', '{"d":1}\n'))
    .map(([stream, text]) => docker(text, stream)),
);
const bodyOf = fc.array(line, { maxLength: 30 }).map((lines) => Buffer.from(lines.join('')));

function readInChunks(bytes: Buffer, lengths: readonly number[], from = 0) {
  const decoder = new LineDecoder({ offset: from, recordBytesMax: 300 });
  const records: PlacedRecord[] = [];
  const positions: number[] = [];
  let turn = 0;
  for (let at = from; at < bytes.length; turn += 1) {
    const chunk = Uint8Array.prototype.slice.call(
      bytes,
      at,
      at + (lengths[turn % lengths.length] ?? 1),
    );
    at += chunk.length;
    records.push(...decoder.push(chunk));
    chunk.fill(0x78);
    positions.push(decoder.position);
  }
  return { records: [...records, ...decoder.end()], positions };
}

const chunkLengths = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 5 });
const placed = (records: readonly PlacedRecord[]) =>
  records.map(({ bytes, offset, end }) => [textOf(bytes), offset, end]);

test('any chunking gives the same records in the same places', () => {
  fc.assert(
    fc.property(bodyOf, chunkLengths, (bytes, lengths) => {
      const whole = readInChunks(bytes, [Math.max(1, bytes.length)]).records;
      expect(placed(readInChunks(bytes, lengths).records)).toEqual(placed(whole));
      expect(whole.map((record) => textOf(record.bytes))).toEqual(
        splitBody(bytes, 300).map(textOf),
      );
    }),
    { numRuns: 300 },
  );
});

/** Offsets at which reading can go on, each with the number of records in front of it. */
const resumable = (records: readonly PlacedRecord[]): { at: number; before: number }[] =>
  records.flatMap(({ offset, end }, index) =>
    end > offset ? [{ at: end, before: index + 1 }] : [],
  );

test('whoever begins again where a record ends gets the rest, each record once', () => {
  const lines = fc.array(line, { maxLength: 25 });
  fc.assert(
    fc.property(lines, chunkLengths, (texts, lengths) => {
      // A list can not be entered in the middle, so there is none here.
      const bytes = Buffer.from(texts.filter((text) => !text.startsWith('[')).join(''));
      const { records } = readInChunks(bytes, lengths);
      for (const { at, before } of resumable(records)) {
        const rest = readInChunks(bytes, lengths, at).records;
        expect(placed(rest)).toEqual(placed(records.slice(before)));
      }
    }),
    { numRuns: 200 },
  );
});

test('the position never runs past a line that has no end yet', () => {
  const pieces = criPieces(EVENT, 20);
  const decoder = new LineDecoder({ offset: 1000 });
  const first = Buffer.from(`${EVENT}\n`);
  decoder.push(first);
  const at = decoder.position;
  expect(at).toBe(1000 + EVENT.length);
  let pushed = 1000 + first.length;
  for (const piece of pieces) {
    expect(decoder.position).toBe(at);
    const records = decoder.push(Buffer.from(piece));
    pushed += piece.length;
    if (records.length > 0) expect(records[0]?.offset).toBe(1000 + first.length);
  }
  expect(decoder.position).toBe(pushed - 1);
});
