import { Subject } from 'rxjs';
import { expect, test } from 'vitest';
import { createFlow } from '../../src/rx/flow.ts';
import { gather } from '../../src/rx/gather.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function setUp(groupBytes = 10, openMax = 4) {
  const flow = createFlow();
  const items$ = new Subject<number>();
  const groups: number[][] = [];
  let completed = false;
  items$
    .pipe(gather({ flow, sizeOf: (size) => size, groupBytes, openMax, openBytesMax: 1000 }))
    .subscribe({ next: (group) => groups.push(group), complete: () => (completed = true) });
  return { flow, items$, groups, isCompleted: () => completed };
}

test('what comes in one turn of the event loop is one group', async () => {
  const { items$, groups } = setUp();
  items$.next(1);
  items$.next(2);
  expect(groups).toEqual([]);
  await turn();
  expect(groups).toEqual([[1, 2]]);
});

test('while two groups are under way items wait, and go together when one ends', async () => {
  const { flow, items$, groups } = setUp();
  items$.next(1);
  await turn();
  items$.next(2);
  await turn();
  items$.next(3);
  await turn();
  items$.next(4);
  await turn();
  expect(groups).toEqual([[1], [2]]);
  flow.end(1);
  await turn();
  expect(groups).toEqual([[1], [2], [3, 4]]);
});

test('a full group closes although two are under way, but never more than the bound', async () => {
  const { flow, items$, groups } = setUp(10, 3);
  for (const size of [1, 2, 10, 10]) {
    items$.next(size);
    await turn();
  }
  expect(groups).toEqual([[1], [2], [10]]);
  expect(flow.count).toBe(3);
  flow.end(1);
  await turn();
  expect(groups.at(-1)).toEqual([10]);
});

test('a group ends at its size, the rest waits for the next', async () => {
  const { items$, groups } = setUp(10);
  for (const size of [6, 6, 6]) items$.next(size);
  await turn();
  expect(groups).toEqual([[6, 6], [6]]);
});

test('completion waits for what is gathered', async () => {
  const { items$, groups, isCompleted } = setUp();
  items$.next(1);
  items$.complete();
  expect(isCompleted()).toBe(false);
  await turn();
  expect(groups).toEqual([[1]]);
  expect(isCompleted()).toBe(true);
});
