// Judges the resolver by recorded scenarios with known answers, if they lie beside the repository
// (or where EYRIE_IDENTITY_SAMPLES says). They are no part of it.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LIMITS } from '../../src/config/limits.ts';
import type { EnrichRoom } from '../../src/enrich/enrich-room.ts';
import { createEnrichRoom } from '../../src/enrich/enrich-room.ts';
import { trimPodDump } from '../../src/ingest/pod-dump.ts';
import { buildEvent } from '../order/event-builder.ts';
import { controlStep, enrichAll, enrichOne, ref } from './enrich-builder.ts';

interface Scenario {
  readonly watch: readonly { readonly observed: string; readonly object: object }[];
  readonly events: readonly SampleEvent[];
  readonly expect: readonly Answer[];
}
interface SampleEvent {
  readonly id: string;
  readonly time: string;
  readonly ingested: string;
  readonly node: string;
  readonly containerId?: string | null;
  readonly podName?: string | null;
  readonly namespace?: string | null;
}
interface Answer {
  readonly event: string;
  readonly podUid: string | null;
  readonly container: string | null;
  readonly kind: string | null;
}

const SAMPLES =
  process.env['EYRIE_IDENTITY_SAMPLES'] ??
  join(import.meta.dirname, '../../../shared/data/kubernetes/identity.jsonl');

/** Stands in when the samples are absent: a name used again, and an event of each pod. */
const STAND_IN: Scenario = {
  watch: [
    { observed: '2026-03-01T10:00:05Z', object: standInPod('u1', '2026-03-01T10:00:00Z', 'a') },
    { observed: '2026-03-01T10:10:05Z', object: standInPod('u2', '2026-03-01T10:10:00Z', 'b') },
  ],
  events: ['a', 'b', 'c'].map((digit) => ({
    id: digit,
    time: digit === 'a' ? '2026-03-01T10:05:00Z' : '2026-03-01T10:15:00Z',
    ingested: '2026-03-01T10:16:00Z',
    node: 'n1',
    containerId: digit.repeat(12),
    podName: 'db-0',
    namespace: 'prod',
  })),
  expect: [
    { event: 'a', podUid: 'u1', container: 'main', kind: 'main' },
    { event: 'b', podUid: 'u2', container: 'main', kind: 'main' },
    { event: 'c', podUid: null, container: null, kind: null },
  ],
};

function standInPod(uid: string, creationTimestamp: string, digit: string): object {
  return {
    metadata: { name: 'db-0', namespace: 'prod', uid, creationTimestamp },
    spec: { nodeName: 'n1', containers: [{ name: 'main' }] },
    status: {
      containerStatuses: [{ name: 'main', containerID: `containerd://${digit.repeat(64)}` }],
    },
  };
}

const micros = (text: string): number => Math.round(Date.parse(text) * 1000);

/** Each version of a pod as a dump of its own. */
function dump(room: EnrichRoom, { observed, object }: Scenario['watch'][number]): void {
  const pod = { kind: 'Pod', ...object };
  const { changes, problems } = trimPodDump(pod, { cluster: 'default', at: micros(observed) });
  expect(problems).toEqual([]);
  enrichAll(
    room,
    changes.map((change) => controlStep(change)),
  );
}

function answer(room: EnrichRoom, sample: SampleEvent): Omit<Answer, 'event'> {
  const { podName, namespace, containerId, node } = sample;
  const container = containerId ? ref(containerId.replace(/^.*:\/\//, '').toLowerCase()) : null;
  const isNamed = podName && namespace;
  const { pod } = enrichOne(
    room,
    buildEvent({
      id: sample.id,
      time: micros(sample.time),
      node,
      container,
      sensor: 'falco',
      kind: 'alert',
      pod: isNamed
        ? { namespace, name: podName, uid: null, workload: null, workloadKind: null }
        : null,
    }),
  );
  return { podUid: pod.podUid, container: pod.containerName, kind: pod.containerKind };
}

type Verdict = 'right' | 'wrong' | 'missing';

function verdictOn(said: Omit<Answer, 'event'>, truth: Answer | undefined): Verdict {
  if (said.podUid !== null && said.podUid !== truth?.podUid) return 'wrong';
  const kind = truth?.kind === 'container' ? 'main' : truth?.kind;
  return said.podUid === truth?.podUid && said.kind === kind ? 'right' : 'missing';
}

/** The answers of one scenario, when a version of a pod is known from `observed` on or at once. */
function judge(scenario: Scenario, isKnownAtOnce: boolean): Verdict[] {
  const room = createEnrichRoom({ limits: LIMITS });
  const truths = new Map(scenario.expect.map((one) => [one.event, one]));
  const story = [
    ...scenario.watch.map((version) => {
      return { at: isKnownAtOnce ? 0 : micros(version.observed), version, sample: null };
    }),
    ...scenario.events.map((sample) => {
      return { at: micros(sample.ingested), version: null, sample };
    }),
  ].toSorted((left, right) => left.at - right.at);
  return story.flatMap(({ version, sample }) => {
    if (sample !== null) return [verdictOn(answer(room, sample), truths.get(sample.id))];
    dump(room, version);
    return [];
  });
}

function countVerdicts(scenarios: readonly Scenario[], isKnownAtOnce: boolean) {
  const counts = { right: 0, wrong: 0, missing: 0 };
  for (const scenario of scenarios) {
    for (const verdict of judge(scenario, isKnownAtOnce)) counts[verdict] += 1;
  }
  return counts;
}

test('no event is given to a wrong pod', () => {
  const isThere = existsSync(SAMPLES);
  const scenarios = isThere
    ? readFileSync(SAMPLES, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Scenario)
    : [STAND_IN];
  if (!isThere) console.info(`No identity samples at ${SAMPLES}; judging by the stand-in only.`);
  const asObserved = countVerdicts(scenarios, false);
  const knownAtOnce = countVerdicts(scenarios, true);
  console.info('identity', { asObserved, knownAtOnce });
  expect(asObserved.wrong).toBe(0);
  expect(knownAtOnce).toMatchObject({ wrong: 0, missing: 0 });
});
