import type { Search } from '../../lib/sigma/search.ts';
import type { ValueTest, ValueTests } from '../../lib/sigma/value-test.ts';
import { isSetTest } from './text-test.ts';

const ONE_LOOKUP = 2;
const COST: Readonly<Record<ValueTest['kind'], number>> = {
  exists: 1,
  null: 1,
  pattern: 3,
  cidr: 10,
  regex: 20,
};
const KEYWORD_FACTOR = 20;

/** Cheapest first; those that cost the same stay in their order. */
export const byCost = (items: readonly Search[]): readonly Search[] =>
  items.toSorted((left, right) => costOf(left) - costOf(right));

/** Roughly what a search costs when nothing matches, for deciding what is asked first. */
function costOf(search: Search): number {
  switch (search.op) {
    case 'and':
    case 'or':
      return search.items.reduce((sum, item) => sum + costOf(item), 0);
    case 'not':
      return costOf(search.item);
    case 'keywords':
      return KEYWORD_FACTOR * costOfTests(search.values);
    case 'field':
    default:
      return costOfTests(search.values);
  }
}

/** Values that are found by a look-up cost one look-up, however many they are. */
function costOfTests({ tests, all }: ValueTests): number {
  const others = all ? tests : tests.filter((test) => !isSetTest(test));
  const lookups = others.length < tests.length ? ONE_LOOKUP : 0;
  return others.reduce((sum, test) => sum + COST[test.kind], lookups);
}
