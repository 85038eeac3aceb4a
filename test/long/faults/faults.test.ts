// A bug in the core: a planted throw costs one restart and the record it was at, nothing else.
import { writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { rebuildDatabase, replayFiles, verifyDatabase } from '../../../src/app.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import { SILENT_LOGGER } from '../../../src/telemetry/log.ts';
import { readResults, readStories } from '../crash/compare-databases.ts';
import { countJournal } from '../crash/independent-journal.ts';
import type { ChildOptions, Plant } from '../support/child-protocol.ts';
import { getJson, postEvents } from '../../support/post-events.ts';
import { type ServerProcess, startProcess, StartError } from '../support/server-process.ts';
import { createTemporaryFiles, type TemporaryFiles } from '../../support/temporary-files.ts';
import { Author } from '../../support/story-author.ts';

const INTERNAL_FAULT = 70;
const LATENESS_MS = 2_000;
const FLUSH_MS = 3_000;
const POISON = 'poison';

let files: TemporaryFiles;
beforeEach(() => {
  files = createTemporaryFiles();
});
afterEach(() => files.remove());

const optionsWith = (
  plants: readonly Plant[],
  snapshotEvents = Number.MAX_SAFE_INTEGER,
): ChildOptions => ({
  databaseFile: files.path('faults.sqlite'),
  rulesDirectory: files.rulesDirectory,
  port: 0,
  snapshotEvents,
  latenessMs: LATENESS_MS,
  writer: 'watched',
  hold: null,
  plants,
});

interface Status {
  readonly events: Readonly<Record<string, number>>;
  readonly coreFaults: number;
}

interface DeadLetters {
  readonly items: readonly {
    readonly code: string;
    readonly raw: string;
    readonly journal: { readonly sequence: number; readonly index: number };
  }[];
}

async function endsWithFault(server: ServerProcess): Promise<void> {
  const ended = await server.ended;
  expect(ended, server.stderr()).toEqual({ code: INTERNAL_FAULT, signal: null });
  expect(server.stderr()).toContain('planted in');
}

/** A start that meets the next fault while it recovers. */
async function endsBeforeItServes(options: ChildOptions): Promise<void> {
  const error: unknown = await startProcess(options).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(StartError);
  expect((error as StartError).ended).toEqual({ code: INTERNAL_FAULT, signal: null });
}

const faultsOf = (): readonly unknown[] =>
  query('SELECT room, rule_id, record_hash, record_index FROM core_fault ORDER BY number', []);

/** Rules of the findings in a pod, sorted. */
const findingsOf = (pod: string): readonly string[] =>
  query<{ rule_id: string }>(
    `SELECT rule_id FROM finding WHERE json -> '$.where' ->> 'pod' LIKE ? ORDER BY rule_id`,
    [`${pod}%`],
  ).map((row) => row.rule_id);

function query<Row>(sql: string, parameters: readonly unknown[]): Row[] {
  const db = new Database(files.path('faults.sqlite'), { readonly: true });
  const rows = db.prepare(sql).all(...parameters) as Row[];
  db.close();
  return rows;
}

async function stopAndCheck(server: ServerProcess): Promise<void> {
  server.signal('SIGTERM');
  expect(await server.ended, server.stderr()).toEqual({ code: 0, signal: null });
  const file = files.path('faults.sqlite');
  expect((await verifyDatabase(file)).filter((check) => !check.ok)).toEqual([]);
  expect(countJournal(file, /$^/).problems).toEqual([]);
  const rebuilt = files.path('rebuilt.sqlite');
  await rebuildDatabase({ from: file, to: rebuilt, log: SILENT_LOGGER });
  expect(readResults(rebuilt)).toEqual(readResults(file));
  expect((await verifyDatabase(rebuilt)).filter((check) => !check.ok)).toEqual([]);
}

/** Incidents of the same events in a run in which nothing ever throws. */
async function storiesOf(records: readonly Uint8Array[]): Promise<readonly string[]> {
  const file = files.path('reference.ndjson');
  writeFileSync(file, records.map((record) => `${Buffer.from(record).toString()}\n`).join(''));
  const db = files.path('reference.sqlite');
  const config = loadConfig({
    flags: { db, rules: files.rulesDirectory },
    environment: {},
    directory: files.rulesDirectory,
  });
  await replayFiles({ config, files: [file], podDumps: [], log: SILENT_LOGGER });
  return readStories(db, POISON);
}

const letterOf = async (url: string): Promise<DeadLetters['items']> => {
  const { items } = await getJson<DeadLetters>(`${url}/v1/dead-letters`);
  return items.filter(({ code }) => code === 'core-fault');
};

/** These two rooms see an event when it arrives, the others when it is released. */
const isHeld = (room: Plant['room']): boolean => room !== 'sensors' && room !== 'order';

describe('an event the core throws on', () => {
  const ROOMS = ['sensors', 'order', 'enrich', 'detect', 'correlate', 'incidents'] as const;
  const cases = ROOMS.flatMap((room) => [
    [room, 'without a snapshot', Number.MAX_SAFE_INTEGER] as const,
    [room, 'with a snapshot of every batch', 1] as const,
  ]);

  test.each(cases)('in %s, %s, costs one restart', async (room, _, snapshotEvents) => {
    const held = isHeld(room);
    const plant = { room, marker: POISON, at: 'event', ruleId: null } as const;
    const options = optionsWith([plant], snapshotEvents);
    const author = new Author(Date.now());
    const before = author.chain('before');
    const poison = author.shell(POISON);
    const same = [...author.chain('same'), poison, ...author.chain('same-too')];
    const flush = [author.flush(FLUSH_MS)];

    const first = await startProcess(options);
    expect(await postEvents(first.url, before)).toMatchObject({ status: 200, accepted: 3 });
    const sameAnswer = await postEvents(first.url, same);
    if (held) {
      expect(sameAnswer).toMatchObject({ status: 200, accepted: 7 });
      expect((await postEvents(first.url, flush))?.status ?? 503).toBe(503);
    } else {
      expect(sameAnswer?.status ?? 503).toBe(503);
    }
    await endsWithFault(first);

    const second = await startProcess(options);
    // Nothing that had come is lost, the answered and the unanswered alike.
    expect(await postEvents(second.url, before)).toMatchObject({ accepted: 0, duplicate: 3 });
    expect(await postEvents(second.url, same)).toMatchObject({
      status: 200,
      accepted: 0,
      duplicate: 6,
      rejected: [{ index: 3, code: 'core-fault' }],
    });
    const flushed = await postEvents(second.url, flush);
    expect((flushed?.accepted ?? 0) + (flushed?.duplicate ?? 0)).toBe(1);
    expect(await postEvents(second.url, [poison])).toMatchObject({
      status: 400,
      rejected: [{ index: 0, code: 'core-fault' }],
    });
    const after = [...author.chain('after'), author.flush(FLUSH_MS)];
    expect(await postEvents(second.url, after)).toMatchObject({ accepted: 4 });

    const letters = await letterOf(second.url);
    expect(letters).toHaveLength(3);
    for (const letter of letters) expect(letter.raw).toBe(Buffer.from(poison).toString());
    expect((await getJson<Status>(`${second.url}/v1/status`)).coreFaults).toBe(1);
    await stopAndCheck(second);

    const good = [...before, ...same.filter((one) => one !== poison), ...flush, ...after];
    const stories = readStories(files.path('faults.sqlite'), POISON);
    expect(stories).toHaveLength(4);
    expect(stories).toEqual(await storiesOf(good));
  });
});

describe('more than one throw', () => {
  test('two records of one body cost two restarts, the second before it serves', async () => {
    const plant = { room: 'order', marker: POISON, at: 'event', ruleId: null } as const;
    const options = optionsWith([plant]);
    const author = new Author(Date.now());
    const poisons = [author.shell(`${POISON}-a`), author.shell(`${POISON}-b`)];
    const body = [...author.chain('same'), ...poisons, ...author.chain('same-too')];
    const first = await startProcess(options);
    expect((await postEvents(first.url, body))?.status ?? 503).toBe(503);
    await endsWithFault(first);
    await endsBeforeItServes(options);

    const third = await startProcess(options);
    expect(await postEvents(third.url, body)).toMatchObject({
      accepted: 0,
      duplicate: 6,
      rejected: [
        { index: 3, code: 'core-fault' },
        { index: 4, code: 'core-fault' },
      ],
    });
    const flush = [author.flush(FLUSH_MS)];
    await postEvents(third.url, flush);
    expect(await letterOf(third.url)).toHaveLength(4);
    expect((await getJson<Status>(`${third.url}/v1/status`)).coreFaults).toBe(2);
    await stopAndCheck(third);
    const good = body.filter((record) => !poisons.includes(record));
    expect(readStories(files.path('faults.sqlite'), POISON)).toEqual(
      await storiesOf([...good, ...flush]),
    );
  });

  test('copies of one record cost one restart', async () => {
    const plant = { room: 'detect', marker: POISON, at: 'event', ruleId: null } as const;
    const options = optionsWith([plant], 1);
    const author = new Author(Date.now());
    const poison = author.shell(POISON);
    const chain = author.chain('same');
    const first = await startProcess(options);
    expect(await postEvents(first.url, [poison, ...chain])).toMatchObject({ accepted: 4 });
    expect(await postEvents(first.url, [...chain, poison])).toMatchObject({ duplicate: 4 });
    const flush = [author.flush(FLUSH_MS)];
    expect((await postEvents(first.url, flush))?.status ?? 503).toBe(503);
    await endsWithFault(first);

    const second = await startProcess(options);
    await postEvents(second.url, flush);
    expect(await letterOf(second.url)).toHaveLength(2);
    expect((await getJson<Status>(`${second.url}/v1/status`)).coreFaults).toBe(1);
    await stopAndCheck(second);
    expect(readStories(files.path('faults.sqlite'), POISON)).toEqual(
      await storiesOf([...chain, ...flush]),
    );
  });

  test('the second one in the same batch takes the rule out', async () => {
    const plant = { room: 'detect', marker: POISON, at: 'event', ruleId: 'shell' } as const;
    const options = optionsWith([plant]);
    const author = new Author(Date.now());
    const before = [...author.chain('before'), author.flush(FLUSH_MS)];
    const poisons = [author.shell(`${POISON}-a`), author.shell(`${POISON}-b`)];
    const first = await startProcess(options);
    expect(await postEvents(first.url, before)).toMatchObject({ accepted: 4 });
    expect(await postEvents(first.url, poisons)).toMatchObject({ accepted: 2 });
    const flush = [author.flush(FLUSH_MS)];
    expect((await postEvents(first.url, flush))?.status ?? 503).toBe(503);
    await endsWithFault(first);
    await endsBeforeItServes(options);

    const third = await startProcess(options);
    const after = [...author.chain('after'), author.flush(FLUSH_MS)];
    expect(await postEvents(third.url, after)).toMatchObject({ accepted: 4 });
    expect(await letterOf(third.url)).toHaveLength(1);
    await stopAndCheck(third);
    expect(faultsOf()).toMatchObject([
      { rule_id: null, record_index: 0 },
      { rule_id: 'shell', record_index: null },
    ]);
    expect(findingsOf('before')).toEqual(['chain', 'shell', 'token']);
    expect(findingsOf('after')).toEqual(['token']);
    expect(findingsOf(POISON)).toEqual([]);
  });
});

describe('a tick the core throws on', () => {
  test.each(['correlate', 'incidents'] as const)('in %s takes the rule out', async (room) => {
    const plant = { room, marker: 'arming', at: 'tick', ruleId: 'burst' } as const;
    const options = optionsWith([plant]);
    const author = new Author(Date.now());
    const before = [...author.scans('before'), ...author.chain('before'), author.shell('arming')];
    const flush = [author.flush(FLUSH_MS)];
    const first = await startProcess(options);
    expect(await postEvents(first.url, before)).toMatchObject({ accepted: 7 });
    expect(await postEvents(first.url, flush)).toMatchObject({ accepted: 1 });
    await endsWithFault(first);

    const second = await startProcess(options);
    expect(await postEvents(second.url, [...before, ...flush])).toMatchObject({ duplicate: 8 });
    const after = [...author.scans('after'), ...author.chain('after'), author.flush(FLUSH_MS)];
    expect(await postEvents(second.url, after)).toMatchObject({ accepted: 7 });
    expect(await letterOf(second.url)).toEqual([]);
    expect((await getJson<Status>(`${second.url}/v1/status`)).coreFaults).toBe(1);
    await stopAndCheck(second);
    expect(faultsOf()).toMatchObject([{ room, rule_id: 'burst', record_hash: null }]);
    const common = ['chain', 'scanner', 'scanner', 'scanner', 'shell', 'token'];
    expect(findingsOf('before')).toEqual(['burst', ...common]);
    expect(findingsOf('after')).toEqual(common);
  });
});
