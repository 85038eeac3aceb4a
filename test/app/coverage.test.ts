// Losses that sensors tell of, from the wire to what analysts see of them.
import { writeFileSync } from 'node:fs';
import { describe, expect, type TestContext, test, vi } from 'vitest';
import { rebuildDatabase, replayFiles, verifyDatabase } from '../../src/app.ts';
import type { GapJson } from '../../src/api/schemas/coverage.ts';
import { databaseIncidents } from '../../src/cli/database-incidents.ts';
import { renderIncidentReport } from '../../src/cli/render/incident-report.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import type { CoverageGap } from '../../src/model/coverage-gap.ts';
import { openStoreReader } from '../../src/store/open-store.ts';
import { SILENT_LOGGER } from '../../src/telemetry/log.ts';
import { getJson, postEvents } from '../support/post-events.ts';
import {
  falcoDrop,
  falcoMetrics,
  tetragonRateLimit,
  tetragonThrottle,
} from '../support/raw-health.ts';
import { Author } from '../support/story-author.ts';
import { createTemporaryFiles, type TemporaryFiles } from '../support/temporary-files.ts';
import { listIncidents, openServer } from './test-server.ts';

const START_MS = Date.UTC(2026, 10, 23, 20, 56, 0);
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const WITHIN_MS = 15_000;
const EVERYTHING = { clusters: null };
const ALL = { cluster: null, node: null, from: null, to: null };
const POD_CGROUP = '/kubepods/pod0b5c1f9e/cri-c0ffee';

/**
 * An attack on node-a while its sensors are blind, and one on node-b whose sensors see all. Falco
 * started 30 s before the stream and loses 347,335 events at once, of which it tells, and 510,477
 * more, of which only its totals tell, as a real one did.
 */
function lossyStream(startMs: number): readonly Uint8Array[] {
  const at = (seconds: number): number => startMs + seconds * SECOND_MS;
  const falco = { node: 'node-a', startMs: at(-30) };
  return [
    falcoMetrics({ ...falco, timeMs: at(0), drops: 0 }),
    tetragonThrottle('node-a', at(1), { cgroup: POD_CGROUP, starts: true }),
    falcoMetrics({ ...falco, node: 'node-b', timeMs: at(2), drops: 0 }),
    ...new Author(at(10), 'node-a').chain('cart'),
    ...new Author(at(11), 'node-b').chain('web'),
    falcoDrop('node-a', at(16), 347_335),
    tetragonRateLimit('node-a', at(50), 42),
    falcoMetrics({ ...falco, timeMs: at(60), drops: 347_335 + 510_477, queueDrops: 16 }),
    falcoMetrics({ ...falco, node: 'node-b', timeMs: at(62), drops: 0 }),
    tetragonThrottle('node-a', at(70), { cgroup: POD_CGROUP, starts: false }),
  ];
}

const inOrder = (gaps: readonly CoverageGap[]): CoverageGap[] =>
  gaps.toSorted((a, b) => a.from - b.from || (a.id < b.id ? -1 : 1));

async function gapsIn(file: string): Promise<CoverageGap[]> {
  const reader = await openStoreReader(file);
  const { items } = await reader.listCoverage(EVERYTHING, ALL, { size: 500, token: null });
  await reader.close();
  return inOrder(items);
}

function temporaryFiles({ onTestFinished }: TestContext): TemporaryFiles {
  const files = createTemporaryFiles();
  onTestFinished(() => files.remove());
  return files;
}

async function replay(files: TemporaryFiles, records: readonly Uint8Array[]): Promise<string> {
  const db = files.path('replay.sqlite');
  const input = files.path('input.ndjson');
  writeFileSync(input, Buffer.concat(records.flatMap((bytes) => [bytes, Buffer.from('\n')])));
  const flags = { db, rules: files.rulesDirectory };
  const config = loadConfig({ flags, environment: {}, directory: files.path('.') });
  await replayFiles({ config, podDumps: [], files: [input], log: SILENT_LOGGER });
  return db;
}

async function reportOf(file: string, where: string): Promise<string> {
  const source = databaseIncidents(await openStoreReader(file));
  const query = { states: [], severityMin: null, namespace: null, from: null, to: null };
  const { rows } = await source.list({ ...query, orderBy: '-risk', limit: 10 });
  const row = rows.find((candidate) => candidate.where === where);
  const detail = await source.show(String(row?.number));
  await source.close();
  if (detail === null) throw new Error(`No incident in ${where}.`);
  return renderIncidentReport(detail.story);
}

describe('a replay', () => {
  test('tells every loss once, of the node it happened on', async (context) => {
    const file = await replay(temporaryFiles(context), lossyStream(START_MS));
    const gaps = await gapsIn(file);
    const told = gaps.map(({ reason, lost, scope, open, node }) => ({
      reason,
      lost,
      scope,
      open,
      node,
    }));
    const common = { open: false, node: 'node-a' };
    expect(told).toHaveLength(4);
    expect(told).toEqual(
      expect.arrayContaining([
        { ...common, reason: 'event-drop', lost: 857_812, scope: null },
        { ...common, reason: 'event-drop', lost: 16, scope: 'falco.outputs_queue_num_drops' },
        { ...common, reason: 'rate-limit', lost: 42, scope: null },
        { ...common, reason: 'throttle', lost: null, scope: POD_CGROUP },
      ]),
    );
    expect(gaps.find((gap) => gap.lost === 857_812)).toMatchObject({
      from: START_MS * 1000,
      to: (START_MS + MINUTE_MS) * 1000,
    });
  });

  test('gives the same gaps again from its journal, in a database that verifies', async (context) => {
    const files = temporaryFiles(context);
    const file = await replay(files, lossyStream(START_MS));
    const rebuilt = files.path('rebuilt.sqlite');
    await rebuildDatabase({ from: file, to: rebuilt, log: SILENT_LOGGER });
    expect(await gapsIn(rebuilt)).toEqual(await gapsIn(file));
    expect((await verifyDatabase(rebuilt)).filter((check) => !check.ok)).toEqual([]);
  });

  test('goes on with a gap where the run before ended', async (context) => {
    const files = temporaryFiles(context);
    await replay(files, lossyStream(START_MS));
    const falco = { node: 'node-a', startMs: START_MS - 30 * SECOND_MS };
    const next = falcoMetrics({ ...falco, timeMs: START_MS + 2 * MINUTE_MS, drops: 857_900 });
    const gaps = await gapsIn(await replay(files, [next]));
    expect(gaps).toHaveLength(4);
    expect(gaps.find((gap) => gap.lost === 857_900)).toMatchObject({
      from: START_MS * 1000,
      to: (START_MS + 2 * MINUTE_MS) * 1000,
    });
  });

  test('says at each incident when its nodes were blind', async (context) => {
    const file = await replay(temporaryFiles(context), lossyStream(START_MS));
    const blind = await reportOf(file, 'shop/cart');
    expect(blind).toContain(
      'node node-a was blind from 2026-11-23 20:56:00 to 2026-11-23 20:57:00: Falco lost 857,812 events.',
    );
    expect(blind).toContain('Tetragon dropped 42 events over its export limit.');
    expect(blind).toContain(`the cgroup ${POD_CGROUP}, which was too loud.`);
    expect(await reportOf(file, 'shop/web')).toContain('No losses were reported for its nodes.');
  });
});

interface ShownGaps {
  readonly items: readonly GapJson[];
}

const gapsOf = (url: string) => getJson<ShownGaps>(`${url}/v1/coverage`);

async function figuresOf(url: string): Promise<readonly string[]> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return text.split('\n').filter((line) => line.startsWith('eyrie_coverage_gap'));
}

describe.concurrent('a server', () => {
  test('shows gaps, counts them, and has them after a restart', async (context) => {
    const startMs = Date.now() - 80 * SECOND_MS;
    const server = await openServer(context);
    const answer = await postEvents(server.url, lossyStream(startMs));
    expect(answer).toMatchObject({ status: 200, rejected: [] });
    await vi.waitFor(async () => expect((await gapsOf(server.url)).items).toHaveLength(4), {
      timeout: WITHIN_MS,
      interval: 200,
    });
    await vi.waitFor(async () => expect(await listIncidents(server.url)).toHaveLength(2), {
      timeout: WITHIN_MS,
      interval: 200,
    });
    const { items } = await gapsOf(server.url);
    const drops = items.find(({ lost }) => lost === 857_812);
    expect(drops).toMatchObject({
      node: 'node-a',
      sensor: 'falco',
      sentence: 'Falco lost 857,812 events.',
    });
    const none = await getJson<ShownGaps>(`${server.url}/v1/coverage?node=node-b`);
    expect(none.items).toEqual([]);

    const shown = await Promise.all(
      (await listIncidents(server.url)).map(({ id }) =>
        getJson<{ where: { node: string }; coverage: GapJson[] }>(
          `${server.url}/v1/incidents/${id}`,
        ),
      ),
    );
    const counts = shown.map(({ where, coverage }) => [where.node, coverage.length] as const);
    expect(Object.fromEntries(counts)).toEqual({ 'node-a': 4, 'node-b': 0 });
    const status = await getJson<{ coverage: unknown }>(`${server.url}/v1/status`);
    expect(status.coverage).toEqual({ gapsLastHour: 4 });
    const before = await figuresOf(server.url);
    expect(before).toEqual([
      'eyrie_coverage_gap_lost_events_total{sensor="falco",reason="event-drop"} 857828',
      'eyrie_coverage_gap_lost_events_total{sensor="tetragon",reason="rate-limit"} 42',
    ]);

    await server.stop();
    const next = await openServer(context, { files: server.files });
    expect((await gapsOf(next.url)).items).toEqual(items);
    expect(await figuresOf(next.url)).toEqual(before);
  });
});
