import { firstValueFrom, from, lastValueFrom, Subject, toArray } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { DEFAULT_CORE_SETTINGS } from '../src/config/core-settings.ts';
import { tickPart } from '../src/ingest/clock.ts';
import type { Delivery } from '../src/ingest/delivery.ts';
import type { EventsOrigin } from '../src/model/origin.ts';
import type { Part } from '../src/model/part.ts';
import { createCursor, pipeline, type PipelineOptions, type Stored } from '../src/pipeline.ts';
import { createRooms } from '../src/rooms.ts';
import { createFlow } from '../src/rx/flow.ts';
import { falcoAlert } from './support/raw-events.ts';

const SECOND = 1_000_000;
const START = Date.UTC(2026, 4, 28, 20, 0, 0) * 1000;
const ORIGIN: EventsOrigin = {
  kind: 'events',
  carrier: 'http',
  partition: '',
  sensor: 'any',
  cluster: 'default',
  latenessMs: 5_000,
};

const tickAt = (seconds: number): Part => tickPart(START + seconds * SECOND, 0);

function alertAt(seconds: number): Part {
  const timeMs = START / 1000 + seconds * 1000;
  const process = { node: 'node-a', pid: 7, binary: '/bin/sh', startMs: timeMs };
  const bytes = falcoAlert({ rule: 'Shell', priority: 'Warning', timeMs, process });
  const receivedAt = START + seconds * SECOND;
  return { origin: ORIGIN, receivedAt, records: [{ bytes, position: 0 }] };
}

const delivery = (part: Part): Delivery => ({
  parts: [part],
  bytes: 100,
  settle: () => undefined,
  fail: () => undefined,
});

const optionsWith = (commit: PipelineOptions['commit']): PipelineOptions => ({
  rooms: createRooms(DEFAULT_CORE_SETTINGS),
  flow: createFlow(),
  cursor: createCursor(1),
  commit,
  retryable: () => false,
  onStall: () => undefined,
});

/** Each part as a batch of its own, in order. */
async function storedOf(parts: readonly Part[]): Promise<readonly Stored[]> {
  const options = optionsWith((batch) =>
    Promise.resolve({ sequence: batch.sequence, storedBytes: 1, commitMs: 0 }),
  );
  const stored: Stored[] = [];
  for (const part of parts) {
    const one$ = pipeline(from([delivery(part)]), options);
    stored.push(...(await lastValueFrom(one$.pipe(toArray()))));
  }
  return stored;
}

describe('ticks', () => {
  test('that change nothing are not written; the newest goes in front of the next part', async () => {
    const stored = await storedOf([tickAt(0), tickAt(1), alertAt(2), alertAt(3)]);
    expect(stored.map(({ result }) => result?.sequence ?? null)).toEqual([null, null, 1, 2]);
    const written = stored[2]?.batch.parts.map(({ origin, receivedAt }) => [
      origin.kind,
      (receivedAt - START) / SECOND,
    ]);
    expect(written).toEqual([
      ['clock', 1],
      ['events', 2],
    ]);
    expect(stored[3]?.batch.parts).toHaveLength(1);
  });

  test('that release an event into an incident are written', async () => {
    const stored = await storedOf([alertAt(0), tickAt(1), tickAt(6)]);
    expect(stored.map(({ result }) => result?.sequence ?? null)).toEqual([1, null, 2]);
    expect(stored[2]?.batch.incidents).toHaveLength(1);
  });
});

test('nothing comes out before its commit is done', async () => {
  const deliveries$ = new Subject<Delivery>();
  const commit$ = new Subject<void>();
  const options = optionsWith(async (batch) => {
    await firstValueFrom(commit$);
    return { sequence: batch.sequence, storedBytes: 1, commitMs: 0 };
  });
  const out: Stored[] = [];
  const done = lastValueFrom(pipeline(deliveries$, options)).then((last) => out.push(last));
  deliveries$.next(delivery(alertAt(0)));
  deliveries$.complete();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(out).toEqual([]);
  commit$.next();
  await done;
  expect(out[0]?.result?.sequence).toBe(1);
});
