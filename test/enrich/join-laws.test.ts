import { deserialize, serialize } from 'node:v8';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { LIMITS } from '../../src/config/limits.ts';
import { createEnrichRoom } from '../../src/enrich/enrich-room.ts';
import type { Enrichment, Step } from '../../src/model/batch.ts';
import { orderedOf } from './enrich-builder.ts';
import { type Action, ProcessWorld, type Task, type Truth } from './process-world.ts';

const action: fc.Arbitrary<Action> = fc.record({
  kind: fc.constantFrom<Action['kind']>(
    ...(['fork', 'fork', 'exec', 'exec', 'exec', 'exit', 'hook'] as const),
    ...(['alert', 'alert', 'alert', 'alert', 'alert'] as const),
    ...(['restart', 'reboot'] as const),
  ),
  pick: fc.nat(11),
  command: fc.nat(3),
  hasPid: fc.boolean(),
  hasContainerPid: fc.boolean(),
  nodeName: fc.constantFrom('full', 'full', 'short', 'other'),
  waitMs: fc.constantFrom(0, 1, 5, 40, 700, 1900, 4000),
});
const actions = fc.array(action, { minLength: 1, maxLength: 90 });

function live(all: readonly Action[]): ProcessWorld {
  const world = new ProcessWorld();
  for (const one of all) world.act(one);
  return world;
}

const enrich = (steps: readonly Step[]): readonly (Enrichment | null)[] =>
  createEnrichRoom({ limits: LIMITS }).step(orderedOf(steps)).enrichments;

/** Each event of a world with what it was told. */
function told(world: ProcessWorld): { readonly id: string; readonly enrichment: Enrichment }[] {
  const steps = world.inOrder();
  return enrich(steps).flatMap((enrichment, index) => {
    const step = steps[index];
    if (step?.kind !== 'event' || enrichment === null) return [];
    return [{ id: step.event.id, enrichment }];
  });
}

/** Which task each process is, by the events of Tetragon; no process is two. */
function tasksOf(world: ProcessWorld, events: ReturnType<typeof told>): Map<string, Task> {
  const tasks = new Map<string, Task>();
  for (const { id, enrichment } of events) {
    const entityId = enrichment.lineage?.process.entityId;
    const task = world.told.get(id)?.task;
    if (task === undefined || entityId === undefined) continue;
    expect(tasks.get(entityId) ?? task).toBe(task);
    tasks.set(entityId, task);
  }
  return tasks;
}

test('an alert is joined with its own process or with none', () => {
  fc.assert(
    fc.property(actions, (all) => {
      const world = live(all);
      const events = told(world);
      const tasks = tasksOf(world, events);
      for (const { id, enrichment } of events) {
        const truth = world.truths.get(id);
        const process = enrichment.lineage?.process;
        if (truth === undefined || process === undefined) continue;
        const joined = tasks.get(process.entityId);
        // A fork of which nothing was told is only known by the command it shares with others.
        const isUntoldFork = enrichment.join?.tier === 'C' && !truth.isTold;
        if (isUntoldFork) expect(commandOf(process)).toBe(`${truth.binary} ${truth.args}`);
        else expect(joined).toBe(truth.task);
      }
    }),
    { numRuns: 600 },
  );
});

const commandOf = (process: { readonly binary: string; readonly arguments: string }): string =>
  `${process.binary} ${process.arguments}`;

test('an alert with a pid of a process Tetragon told of is joined by the best it names', () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(actions, (all) => {
      const world = live(all);
      for (const { id, enrichment } of told(world)) {
        const truth = world.truths.get(id);
        if (truth === undefined) continue;
        const { tier = 'none', reason } = enrichment.join ?? {};
        seen.set(tier, (seen.get(tier) ?? 0) + 1);
        const expected = bestTier(world, id, truth);
        if (expected !== null && reason !== 'several-images') expect(tier).toBe(expected);
      }
    }),
    { numRuns: 300, seed: 7 },
  );
  expect([...seen.keys()].toSorted()).toEqual(['A', 'B', 'C', 'D', 'none']);
});

/** Which pid the alert names, and whether its node is known: by that alone the tier is due. */
function bestTier(world: ProcessWorld, id: string, truth: Truth): 'A' | 'B' | null {
  const found = world.steps.find(({ step }) => step.kind === 'event' && step.event.id === id);
  if (found?.step.kind !== 'event' || !truth.isTold) return null;
  const { node, process } = found.step.event;
  const isNodeKnown = truth.task.container !== null || node !== 'falco-x7k2p';
  if (process?.pid !== null) return isNodeKnown ? 'A' : null;
  return process.containerPid === null ? null : 'B';
}

test('a process keeps its id over restarts of the agent and hooks that see its start off', () => {
  fc.assert(
    fc.property(actions, (all) => {
      const world = live(all);
      const entities = new Map<string, string>();
      for (const { id, enrichment } of told(world)) {
        const before = world.told.get(id)?.before ?? null;
        const entityId = enrichment.lineage?.process.entityId ?? '';
        if (before !== null) expect(entityId).toBe(entities.get(before));
        entities.set(id, entityId);
      }
    }),
    { numRuns: 300 },
  );
});

test('a snapshot anywhere, and a batch that ends anywhere, change no join', () => {
  fc.assert(
    fc.property(actions, fc.nat(90), (all, cut) => {
      const steps = live(all).inOrder();
      const before = createEnrichRoom({ limits: LIMITS });
      const first = before.step(orderedOf(steps.slice(0, cut))).enrichments;
      const after = createEnrichRoom({ limits: LIMITS });
      after.restore(deserialize(serialize(before.snapshot())));
      const rest = after.step(orderedOf(steps.slice(cut))).enrichments;
      expect([...first, ...rest]).toEqual(enrich(steps));
    }),
    { numRuns: 300 },
  );
});

test('what is forgotten depends on the events of processes alone, not on who asks for them', () => {
  const limits = { ...LIMITS, processesMax: 8 };
  const lineagesOf = (steps: readonly Step[]) => {
    const { enrichments } = createEnrichRoom({ limits }).step(orderedOf(steps));
    return enrichments.flatMap((known, index) => (isAlert(steps[index]) ? [] : [known?.lineage]));
  };
  fc.assert(
    fc.property(actions, (all) => {
      const steps = live(all).inOrder();
      expect(lineagesOf(steps)).toEqual(lineagesOf(steps.filter((step) => !isAlert(step))));
    }),
    { numRuns: 200 },
  );
});

const isAlert = (step: Step | undefined): boolean =>
  step?.kind === 'event' && step.event.kind === 'alert';
