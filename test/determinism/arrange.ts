// One way a story can arrive: shuffled within the lateness, between barriers that nothing crosses.
import type { Control } from '../../src/model/observation.ts';
import type { Origin } from '../../src/model/origin.ts';
import type { Random } from './random.ts';
import { type Case, LATENESS_MS, START_MS, type Story, type StoryRecord } from './story.ts';

/** What arrives, one by one: a sensor's record or a record of ours. */
export type Arriving =
  | { readonly kind: 'record'; readonly record: StoryRecord; readonly receivedMs: number }
  | { readonly kind: 'control'; readonly control: Control; readonly receivedMs: number };

const micros = (ms: number): number => ms * 1000;
const RUN_STARTED_AT = micros(START_MS - 60_000);

const tick = (receivedMs: number): Arriving => ({
  kind: 'control',
  receivedMs,
  control: { kind: 'tick', receivedAt: micros(receivedMs), runStartedAt: RUN_STARTED_AT },
});

/** Segment of each record: the number of barriers in front of it. The same in every variant. */
export function segmentsOf(story: Story, random: Random): ReadonlyMap<StoryRecord, number> {
  const segments = new Map<StoryRecord, number>();
  for (const record of story.records) {
    const arrivalMs = record.orderMs + random.integer(LATENESS_MS);
    segments.set(record, story.barriers.filter((barrier) => barrier.atMs < arrivalMs).length);
  }
  return segments;
}

export interface ArrangeOptions {
  /** Shuffle within the lateness; otherwise each lane's own order with the least delay. */
  readonly shuffle: boolean;
  /** Ticks at other places than the barriers. */
  readonly extraTicks: boolean;
  /** Incidents of the story without actions, for the barriers that close one. */
  readonly incidentIds: readonly string[];
}

export function arrange(
  story: Story,
  segments: ReadonlyMap<StoryRecord, number>,
  options: ArrangeOptions & { random: Random },
): readonly Arriving[] {
  const arriving: Arriving[] = story.prologue.map((record) => asArriving(record, START_MS + 1000));
  for (let segment = 0; segment <= story.barriers.length; segment += 1) {
    const barrier = story.barriers[segment - 1];
    if (barrier !== undefined) arriving.push(...atBarrier(barrier, segment, options.incidentIds));
    const members = story.records.filter((record) => segments.get(record) === segment);
    const span = {
      fromMs: barrier?.atMs ?? START_MS,
      untilMs: story.barriers[segment]?.atMs ?? Number.POSITIVE_INFINITY,
    };
    arriving.push(...shuffled(members, span, options));
  }
  const endMs = (arriving.at(-1)?.receivedMs ?? START_MS) + 1000;
  arriving.push({ kind: 'control', control: { kind: 'end' }, receivedMs: endMs });
  return arriving;
}

/** The records of one segment, each at most the lateness behind its time, with ticks between. */
function shuffled(
  members: readonly StoryRecord[],
  { fromMs, untilMs }: { fromMs: number; untilMs: number },
  { random, shuffle, extraTicks }: ArrangeOptions & { random: Random },
): readonly Arriving[] {
  const timed = members.map((record) => {
    const jitterMs = shuffle ? random.integer(LATENESS_MS) : 0;
    return { record, receivedMs: Math.min(Math.max(record.orderMs + jitterMs, fromMs), untilMs) };
  });
  timed.sort((left, right) => left.receivedMs - right.receivedMs);
  return timed.flatMap(({ record, receivedMs }) => {
    const arrived = asArriving(record, receivedMs);
    return extraTicks && random.chance(0.2) ? [arrived, tick(receivedMs)] : [arrived];
  });
}

const atBarrier = (
  barrier: Story['barriers'][number],
  segment: number,
  incidentIds: readonly string[],
): readonly Arriving[] => [
  tick(barrier.atMs),
  ...barrier.late.map((record) => asArriving(record, barrier.atMs)),
  ...closing(barrier, segment, incidentIds),
];

const asArriving = (record: StoryRecord, receivedMs: number): Arriving => ({
  kind: 'record',
  record,
  receivedMs,
});

function closing(
  barrier: Story['barriers'][number],
  segment: number,
  incidentIds: readonly string[],
): readonly Arriving[] {
  if (barrier.closes === null || incidentIds.length === 0) return [];
  const incidentId = incidentIds[barrier.closes % incidentIds.length] as string;
  const control: Control = {
    kind: 'action',
    id: `close-${segment}`,
    action: 'close',
    incidentId,
    actor: 'tester',
    via: 'api',
    verdict: 'false_positive',
    text: null,
    ifVersion: null,
    at: micros(barrier.atMs),
  };
  return [{ kind: 'control', control, receivedMs: barrier.atMs }];
}

/** Which of the arrival-order cases this arrangement shows. */
export function arrivalCases(arriving: readonly Arriving[]): ReadonlySet<Case> {
  const cases = new Set<Case>();
  const seen = new Set<string>();
  for (const entry of arriving) {
    if (entry.kind === 'control' || entry.record.tag === null) continue;
    const [role, chain] = entry.record.tag.split('-');
    if (role === 'parent' && seen.has(`child-${chain}`)) cases.add('parent-after-child');
    if (role === 'child' && seen.has(`alert-${chain}`)) cases.add('alert-before-exec');
    seen.add(entry.record.tag);
  }
  return cases;
}

/** Where records of ours come from. */
export const originOf = (control: Control): Origin => {
  switch (control.kind) {
    case 'action':
      return { kind: 'actions' };
    case 'rules':
    case 'rule-disabled':
      return { kind: 'rules' };
    case 'settings':
      return { kind: 'settings' };
    case 'pod':
      return { kind: 'kubernetes', source: 'dump', cluster: 'default' };
    case 'tick':
    case 'end':
    case 'clock-reset':
      return { kind: 'clock' };
  }
};
