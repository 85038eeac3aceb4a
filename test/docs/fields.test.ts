// docs/FIELDS.md names every field of the rules, and samples fill each of them as it says.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FIELD_GUIDE, type GuidedField } from '../../docs/field-guide.ts';
import { fieldsPage } from '../../docs/generate-fields.ts';
import { DEFAULT_CORE_SETTINGS } from '../../src/config/core-settings.ts';
import { controlPart } from '../../src/ingest/clock.ts';
import { podDumpParts, readPodDumps } from '../../src/ingest/read-pod-dumps.ts';
import { accessorFor, FIELD_NAMES } from '../../src/lib/sigma/taxonomy.ts';
import type { Enriched, Received, Enrichment } from '../../src/model/batch.ts';
import type { EventsOrigin, SensorName } from '../../src/model/origin.ts';
import type { Part } from '../../src/model/part.ts';
import type { SecurityEvent } from '../../src/model/security-event.ts';
import { createRooms } from '../../src/rooms.ts';
import { wireSamples } from '../support/wire-samples.ts';

const SCENARIOS = join(import.meta.dirname, '../../fixtures/scenarios');
const CLUSTER = 'default';
const ORIGIN: EventsOrigin = {
  kind: 'events',
  carrier: 'file',
  partition: '',
  sensor: 'any',
  cluster: CLUSTER,
  latenessMs: 5_000,
};

interface Known {
  readonly event: SecurityEvent;
  readonly enrichment: Enrichment | null;
}

/** Events of the lines behind one another, released and enriched. */
function enrich(lines: readonly string[], before: readonly Part[]): readonly Known[] {
  const rooms = createRooms(DEFAULT_CORE_SETTINGS);
  const records = lines.map((text, position) => ({ bytes: Buffer.from(text), position }));
  const receivedAt = Date.UTC(2100, 0) * 1_000;
  const events: Part = { origin: ORIGIN, receivedAt, records };
  const end = controlPart('clock', { kind: 'end' }, receivedAt);
  const received: Received = { sequence: 1, parts: [...before, events, end] };
  const batch: Enriched = rooms.enrich.step(rooms.order.step(rooms.sensors.step(received)));
  return batch.steps.flatMap((step, index) =>
    step.kind === 'event'
      ? [{ event: step.event, enrichment: batch.enrichments[index] ?? null }]
      : [],
  );
}

async function scenarioEvents(folder: string): Promise<readonly Known[]> {
  const files = readdirSync(folder);
  const dumps = files.filter((file) => file.startsWith('pods')).map((file) => join(folder, file));
  const pods = podDumpParts(await readPodDumps(dumps, CLUSTER), CLUSTER, 0);
  const lines = files
    .filter((file) => file.endsWith('.ndjson'))
    .flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'))
    .filter((line) => line !== '');
  return enrich(lines, pods);
}

const samples = enrich(
  wireSamples().map(({ text }) => text),
  [],
);
const scenarios = await Promise.all(
  readdirSync(SCENARIOS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => scenarioEvents(join(SCENARIOS, name))),
);
const everything = [...samples, ...scenarios.flat()];
const guided = FIELD_GUIDE.flatMap(({ fields }) => fields);

const fills = (name: string, { event, enrichment }: Known): boolean => {
  const value = accessorFor(name)?.(event, enrichment);
  if (value === undefined || value === null || value === '') return false;
  return !Array.isArray(value) || value.length > 0;
};

const isFilledBy = (sensor: SensorName, { name }: GuidedField, events: readonly Known[]): boolean =>
  events.some((known) => known.event.sensor === sensor && fills(name, known));

test('docs/FIELDS.md is up to date', async () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/FIELDS.md'), 'utf8');
  expect(page).toBe(await fieldsPage());
});

test('it names every field that rules can name, and no other', () => {
  expect(guided.map(({ name }) => name).toSorted()).toEqual([...FIELD_NAMES].toSorted());
});

test.each(guided.map((field) => [field.name, field] as const))('%s is filled', (_name, field) => {
  const { tetragon, falco, eyrie } = field;
  expect([tetragon, falco, eyrie].some((source) => source !== null)).toBe(true);
  if (tetragon !== null) expect(isFilledBy('tetragon', field, samples)).toBe(true);
  if (falco !== null) expect(isFilledBy('falco', field, samples)).toBe(true);
  if (eyrie !== null) expect(everything.some((known) => fills(field.name, known))).toBe(true);
});
