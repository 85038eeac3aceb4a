// One seeded run: the same story in several arrangements must give the same incidents.
import { isDeepStrictEqual } from 'node:util';
import type { RecoverableRooms } from '../../src/recovery.ts';
import { arrange, type ArrangeOptions, arrivalCases, segmentsOf } from './arrange.ts';
import { drive, type DriveOptions, type Outcome } from './drive.ts';
import { createRandom } from './random.ts';
import { type Case, writeStory } from './story.ts';

export interface RunResult {
  readonly equal: boolean;
  readonly cases: ReadonlySet<Case>;
  readonly base: Outcome;
  /** The first variant that differs. */
  readonly different: Outcome | null;
}

const VARIANTS: readonly (Pick<DriveOptions, 'batchMax' | 'restarts'> & { extraTicks: boolean })[] =
  [
    { batchMax: 1, restarts: 0, extraTicks: false },
    { batchMax: 6, restarts: 0.25, extraTicks: true },
    { batchMax: 1000, restarts: 0, extraTicks: true },
  ];

/**
 * @param createRooms the rooms under test; the base is driven with them too, so a bug that changes
 * every arrangement in the same way is not what this finds.
 */
export function runSeed(seed: number, createRooms: () => RecoverableRooms): RunResult {
  const random = createRandom(seed);
  const story = writeStory(random);
  const segments = segmentsOf(story, random);
  const driveOnce = (
    options: ArrangeOptions,
    cut: Pick<DriveOptions, 'batchMax' | 'restarts'>,
  ): { outcome: Outcome; cases: ReadonlySet<Case> } => {
    const arriving = arrange(story, segments, { ...options, random });
    const outcome = drive(arriving, { ...cut, random, createRooms });
    return { outcome, cases: arrivalCases(arriving) };
  };
  const plain = { shuffle: false, extraTicks: false };
  const pilot = driveOnce({ ...plain, incidentIds: [] }, { batchMax: 20, restarts: 0 });
  const incidentIds = pilot.outcome.incidents.map((incident) => (incident as { id: string }).id);
  const base = driveOnce({ ...plain, incidentIds }, { batchMax: 20, restarts: 0 });
  const cases = new Set([...story.cases, ...base.cases]);
  if (base.outcome.merges > 0) cases.add('merge');
  if (base.outcome.lateCount === 0) cases.delete('late');
  let different: Outcome | null = null;
  for (const { extraTicks, ...cut } of VARIANTS) {
    const variant = driveOnce({ shuffle: true, extraTicks, incidentIds }, cut);
    for (const found of variant.cases) cases.add(found);
    if (!isDeepStrictEqual(variant.outcome, base.outcome)) different ??= variant.outcome;
  }
  return { equal: different === null, cases, base: base.outcome, different };
}
