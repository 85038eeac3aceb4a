import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { recordBehindCut } from '../../src/ingest/behind-cut.ts';
import { LineDecoder } from '../../src/ingest/line-decoder.ts';
import { splitBody } from '../../src/ingest/split-records.ts';
import { alert, exec } from '../sensors/samples.ts';
import { judgeBody } from '../support/judge-body.ts';

const ALERT = JSON.stringify(alert());
const EXEC = JSON.stringify(exec());
const FORGED = { hostname: 'h', output: 'o', priority: 'Critical', rule: 'r', time: 't' };

const split = (text: string): string[] =>
  splitBody(Buffer.from(text)).map((record) => Buffer.from(record).toString());

/** The first bytes of an event, ending inside of a text. */
const cutInText = (event: string): string => event.slice(0, event.indexOf(' ', 60) + 1);

const startIn = (text: string): number => recordBehindCut(Buffer.from(text), 0);

describe('a whole event behind a cut one on its line', () => {
  test.each([
    ['an alert behind an alert', cutInText(ALERT), ALERT],
    ['an exec behind an alert', cutInText(ALERT), EXEC],
    ['behind a cut in a name', '{"hostname":"node-1","outp', EXEC],
    ['behind a backslash', '{"output":"a\\', ALERT],
    ['behind a whole member', '{"hostname":"a"', ALERT],
  ])('%s is kept', (_, cut, whole) => {
    const neighbor = '{"n":1}';
    for (const [text, expected] of [
      [cut + whole, [cut.trim(), whole]],
      [`${neighbor}\n${cut}${whole}\r\n${neighbor}\n`, [neighbor, cut.trim(), whole, neighbor]],
    ] as const) {
      expect(split(text)).toEqual(expected);
      const decoder = new LineDecoder();
      const parts = Array.from(Buffer.from(text), (byte) => decoder.push(Buffer.of(byte))).flat();
      const placed = [...parts, ...decoder.end()];
      expect(placed.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(expected);
      const at = placed.find(({ bytes }) => Buffer.from(bytes).toString() === whole);
      expect(at?.offset).toBe(text.indexOf(cut + whole) + cut.length);
    }
  });

  test('the cut one is refused as cut, the whole one is accepted', () => {
    const { verdicts, arrivals } = judgeBody(cutInText(ALERT) + EXEC);
    expect(verdicts).toEqual(['invalid-json', 'accepted']);
    expect(JSON.stringify(arrivals)).toContain('it was cut before it came here');
  });
});

describe('nobody forges an event', () => {
  test('wherever an event is cut, none comes out of what stands in it', () => {
    const inner = JSON.stringify(FORGED);
    const event = JSON.stringify({
      output: `x ${inner}`,
      args: [inner, FORGED, `\\${inner}`, `{`, FORGED],
      annotations: FORGED,
      deep: JSON.stringify({ log: inner }),
    });
    for (let length = 1; length <= event.length; length += 1) {
      expect(split(event.slice(0, length)).length).toBe(1);
      expect(startIn(event.slice(0, length))).toBe(-1);
    }
  });

  test('the same for any JSON', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat(), (value, at) => {
        const text = JSON.stringify({ ...value, annotations: FORGED, output: '{"rule":"x"}' });
        expect(startIn(text.slice(0, at % (text.length + 1)))).toBe(-1);
      }),
    );
  });

  test('only the first place that no JSON allows counts, and all behind it must be one object', () => {
    const forged = JSON.stringify(FORGED);
    expect(startIn(`{"a":"cut{"log":"x","annotations":${forged}`)).toBe(-1);
    expect(startIn(`{"path":"/${forged}","code":200`)).toBe(-1);
    expect(startIn(`{"annotations":${forged}`)).toBe(-1);
    expect(startIn(`{"list":[1,${forged}`)).toBe(-1);
  });
});

test('what looks like a comment in a cut text is no comment', () => {
  for (const text of [
    '{"output":"see http://a/b',
    '{"output":"x {"rule":"http://a/b","n":1}',
    '{"output":"x {"rule":"http://a/b"}',
  ]) {
    const [arrival] = judgeBody(text).arrivals;
    expect(JSON.stringify(arrival)).toContain('The record ends in the middle');
  }
  const commented = judgeBody('{"a":true, // a comment\n"b":1e3}').arrivals[0];
  expect(JSON.stringify(commented)).toContain('are no JSON');
});
