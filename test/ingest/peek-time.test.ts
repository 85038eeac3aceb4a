import { expect, test } from 'vitest';
import { peekTime } from '../../src/ingest/peek-time.ts';

const EVENT =
  '{"process_exec":{"start_time":"2020-01-01T00:00:00Z"},"time":"2026-05-28T20:26:01.5Z"}';
const AT = Date.UTC(2026, 4, 28, 20, 26, 1, 500) * 1000;

test.each([
  ['alone', EVENT],
  ['with blanks', EVENT.replaceAll('":', '": ')],
  ['on a line of a container', `2026-05-28T20:26:09Z stdout F ${EVENT}`],
  ['as text in an object that names no time', JSON.stringify({ message: EVENT })],
  ['as text with blanks', JSON.stringify({ message: EVENT.replaceAll('":', '": ') })],
  ['beside a time stamp', JSON.stringify({ message: 'x', timestamp: '2026-05-28T20:26:01.500Z' })],
])('the time of an event %s', (_, text) => {
  expect(peekTime(Buffer.from(text))).toBe(AT);
});

test.each(['', '{}', '{"time":5}', '{"time":"soon"}', '{"time":"0001-01-01T00:00:00Z"}'])(
  'no time in %s',
  (text) => {
    expect(peekTime(Buffer.from(text))).toBeNull();
  },
);
