import { Subject } from 'rxjs';
import { expect, test } from 'vitest';
import { commitInOrder } from '../../src/rx/commit-in-order.ts';

interface Attempt {
  readonly batch: string;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

function setUp() {
  const attempts: Attempt[] = [];
  const stored: string[] = [];
  const stalls: boolean[] = [];
  const ends: unknown[] = [];
  const batches$ = new Subject<string>();
  batches$
    .pipe(
      commitInOrder({
        commit: (batch) =>
          new Promise<void>((resolve, reject) => attempts.push({ batch, resolve, reject })),
        retryable: (error) => error instanceof Error && error.message === 'full',
        retryDelayMs: 1,
        onStall: (stalled) => stalls.push(stalled),
      }),
    )
    .subscribe({
      next: ({ batch }) => stored.push(batch),
      error: (error: unknown) => ends.push(error),
      complete: () => ends.push('complete'),
    });
  return { attempts, stored, stalls, ends, batches$ };
}

test('batches are committed side by side and emitted in order', async () => {
  const { attempts, stored, batches$ } = setUp();
  batches$.next('a');
  batches$.next('b');
  expect(attempts.map((attempt) => attempt.batch)).toEqual(['a', 'b']);
  attempts[1]?.resolve();
  await settled();
  expect(stored).toEqual([]);
  attempts[0]?.resolve();
  await settled();
  expect(stored).toEqual(['a', 'b']);
});

test('a full disk stalls everything and the same batches are tried again in order', async () => {
  const { attempts, stored, stalls, batches$ } = setUp();
  batches$.next('a');
  batches$.next('b');
  attempts[0]?.reject(new Error('full'));
  attempts[1]?.reject(new Error('full'));
  await settled();
  expect(attempts.map((attempt) => attempt.batch)).toEqual(['a', 'b', 'a', 'b']);
  expect(stalls).toEqual([true]);
  attempts[2]?.resolve();
  attempts[3]?.resolve();
  await settled();
  expect(stored).toEqual(['a', 'b']);
  expect(stalls).toEqual([true, false]);
});

test('any other failure ends the stream and emits nothing after it', async () => {
  const { attempts, stored, ends, batches$ } = setUp();
  batches$.next('a');
  batches$.next('b');
  const broken = new Error('broken');
  attempts[0]?.reject(broken);
  attempts[1]?.resolve();
  await settled();
  expect(ends).toEqual([broken]);
  expect(stored).toEqual([]);
});

test('an error of the source waits for what is under way', async () => {
  const { attempts, stored, ends, batches$ } = setUp();
  batches$.next('a');
  batches$.error('fault');
  expect(ends).toEqual([]);
  attempts[0]?.resolve();
  await settled();
  expect(stored).toEqual(['a']);
  expect(ends).toEqual(['fault']);
});

test('completion waits for what is under way', async () => {
  const { attempts, ends, batches$ } = setUp();
  batches$.next('a');
  batches$.complete();
  expect(ends).toEqual([]);
  attempts[0]?.resolve();
  await settled();
  expect(ends).toEqual(['complete']);
});
