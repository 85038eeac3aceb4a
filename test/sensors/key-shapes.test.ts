import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeyShapes } from '../../src/sensors/key-shapes.ts';

test('each list of keys has its own shape, made once', () => {
  let made = 0;
  const shapes = new KeyShapes((keys) => {
    made += 1;
    return keys.join();
  });
  const lists = [[], ['a'], ['a', 'b'], ['b', 'a'], ['a', 'c'], ['a', 'b', 'c']];
  for (const list of [...lists, ...lists]) expect(shapes.of(list)).toBe(list.join());
  expect(made).toBe(lists.length);
});

test('inventing keys without end makes it forget, never answer otherwise', () => {
  const shapes = new KeyShapes((keys) => [...keys]);
  fc.assert(
    fc.property(fc.array(fc.string(), { maxLength: 5 }), fc.nat(), (keys, number) => {
      const long = Array.from({ length: 3000 }, (_, at) => `${String(number)}/${String(at)}`);
      expect(shapes.of(long)).toEqual(long);
      expect(shapes.of(keys)).toEqual(keys);
    }),
    { numRuns: 30 },
  );
});

test('long lists that differ in their last key are forgotten too', () => {
  let made = 0;
  const shapes = new KeyShapes((keys) => {
    made += 1;
    return keys.length;
  });
  const long = Array.from({ length: 2000 }, (_, at) => String(at));
  for (let at = 0; at < 200; at += 1) shapes.of([...long, `last ${at}`]);
  expect(made).toBe(200);
  shapes.of([...long, 'last 199']);
  expect(made).toBe(200);
  shapes.of([...long, 'last 0']);
  expect(made).toBe(201);
});
