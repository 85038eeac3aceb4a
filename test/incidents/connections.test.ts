import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { addConnection } from '../../src/incidents/connections.ts';
import type { Lead } from '../../src/incidents/live-incident.ts';
import type { Level } from '../../src/model/level.ts';
import { wherePod } from './fold.ts';

const connection = (title: string, level: Level, orderTime: number): Lead => ({
  findingId: `${title}-${level}-${orderTime}`,
  title,
  level,
  orderTime,
  orderNanos: 0,
  where: wherePod('web'),
});

const named = (connections: readonly Lead[]): string[] => {
  const all: Lead[] = [];
  for (const one of connections) addConnection(all, one);
  return all.map(({ findingId }) => findingId);
};

test('the most severe goes first, then the earliest, each title once, three at most', () => {
  const found = named([
    connection('a', 'medium', 1),
    connection('b', 'critical', 9),
    connection('b', 'critical', 5),
    connection('c', 'high', 4),
    connection('d', 'high', 3),
  ]);
  expect(found).toEqual(['b-critical-5', 'd-high-3', 'c-high-4']);
});

test('the order they come in changes nothing', () => {
  const one = fc
    .tuple(
      fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      fc.constantFrom<Level>('medium', 'critical'),
      fc.nat(5),
    )
    .map((parts) => connection(...parts));
  const shuffled = fc
    .array(one, { maxLength: 12 })
    .chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
  fc.assert(
    fc.property(shuffled, ([all, other]) => {
      expect(named(other)).toEqual(named(all));
    }),
  );
});

test('an informational one connects nothing', () => {
  const found = named([connection('a', 'informational', 1), connection('b', 'medium', 5)]);
  expect(found).toEqual(['b-medium-5']);
});
