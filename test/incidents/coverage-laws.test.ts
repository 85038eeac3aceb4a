import { array, assert, constantFrom, integer, nat, property, record } from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Raised } from '../../src/model/batch.ts';
import { at, gapsOf, says, totals } from './health.ts';
import { newRoom, restarted, run, type ScriptStep } from './fold.ts';

const command = record({
  kind: constantFrom(
    ...(['lose', 'lose', 'tell', 'tell', 'straddle', 'count', 'count', 'restart'] as const),
    ...(['queue', 'rate-limit', 'throttle', 'late'] as const),
  ),
  node: nat(1),
  seconds: constantFrom(1, 5, 59, 60, 61, 400),
  lost: integer({ min: 1, max: 1000 }),
});
type Command = typeof command extends { readonly generate: unknown }
  ? Value<typeof command>
  : never;
type Value<A> = A extends { map(fn: (value: infer V) => unknown): unknown } ? V : never;

const commands = array(command, { minLength: 1, maxLength: 80, size: 'max' });
const sizes = array(integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 });

/** A Falco on a node: it knows what it lost, and says some of it. */
class LossyFalco {
  readonly node: string;
  /** Losses that somebody outside can know of. */
  known = 0;
  knownQueue = 0;
  private since: number;
  private readonly total = { drops: 0, queue: 0 };
  private unsaid = { drops: 0, queue: 0 };
  private toldSinceCount = 0;

  constructor(node: string, second: number) {
    this.node = node;
    this.since = second;
  }

  lose(lost: number): void {
    this.total.drops += lost;
    this.unsaid.drops += lost;
  }

  loseAlert(lost: number): void {
    this.total.queue += lost;
    this.unsaid.queue += lost;
  }

  /** Loses events and says so at once; nobody learns of the earlier ones by that. */
  tell(second: number, lost: number, late = false): ScriptStep[] {
    this.total.drops += lost;
    this.known += lost;
    this.toldSinceCount += 1;
    const told = says('event-drop', second, { node: this.node, lost, late });
    // Totals come often enough that a gap is not forgotten before they correct it.
    return this.toldSinceCount < 3 ? [told] : [told, this.count(second + 0.2)];
  }

  count(second: number): ScriptStep {
    this.known += this.unsaid.drops;
    this.knownQueue += this.unsaid.queue;
    this.unsaid = { drops: 0, queue: 0 };
    this.toldSinceCount = 0;
    const { drops, queue } = this.total;
    return totals(second, drops, { node: this.node, queue, since: at(this.since) });
  }

  /** Loses events, counts them in its totals, and only then tells of them. */
  straddle(second: number, lost: number): ScriptStep[] {
    this.lose(lost);
    const counted = this.count(second);
    const told = says('event-drop', second + 0.3, { node: this.node, lost });
    return [counted, told, this.count(second + 0.6)];
  }

  /** What it lost and did not say is known to nobody. */
  restart(second: number): void {
    this.since = second + 0.5;
    this.total.drops = 0;
    this.total.queue = 0;
    this.unsaid = { drops: 0, queue: 0 };
  }
}

function scriptOf(list: readonly Command[]) {
  const sensors = [new LossyFalco('node-a', 0), new LossyFalco('node-b', 0)] as const;
  let second = 1;
  let rateLimited = 0;
  // Both are counted from their start on.
  const script: ScriptStep[] = sensors.map((sensor) => sensor.count(1));
  const acts: Readonly<Record<Command['kind'], (command: Command) => readonly ScriptStep[]>> = {
    lose: ({ node, lost }) => (sensorAt(node).lose(lost), []),
    queue: ({ node, lost }) => (sensorAt(node).loseAlert(lost), []),
    tell: ({ node, lost }) => sensorAt(node).tell(second, lost),
    late: ({ node, lost, seconds }) => sensorAt(node).tell(second - seconds / 1000, lost, true),
    straddle: ({ node, lost }) => sensorAt(node).straddle(second, lost),
    count: ({ node }) => [sensorAt(node).count(second)],
    restart: ({ node }) => (sensorAt(node).restart(second), []),
    'rate-limit': ({ lost }) => {
      rateLimited += lost;
      return [says('rate-limit', second, { lost })];
    },
    throttle: ({ lost }) => [
      says(lost % 2 === 0 ? 'throttle-start' : 'throttle-stop', second, {
        scope: `cgroup-${lost % 3}`,
      }),
    ],
  };
  const sensorAt = (index: number): LossyFalco => sensors[index === 0 ? 0 : 1];
  for (const one of list) {
    second += one.seconds + 1;
    script.push(...acts[one.kind](one));
  }
  return { script, sensors, rateLimited };
}

function runSplit(script: readonly ScriptStep[], cuts: readonly number[], restarts: boolean) {
  const batches: Raised[] = [];
  let room = newRoom();
  for (let start = 0, turn = 0; start < script.length; turn += 1) {
    const size = cuts[turn % cuts.length] ?? 1;
    batches.push(run(room, ...script.slice(start, start + size)));
    start += size;
    if (restarts) room = restarted(room);
  }
  return batches;
}

const sumOf = (gaps: readonly { readonly lost: number | null }[]): number =>
  gaps.reduce((sum, gap) => sum + (gap.lost ?? 0), 0);

describe('laws of coverage', () => {
  test('what gaps count as lost is what the sensors made known, no more and no less', () => {
    assert(
      property(commands, (list) => {
        const { script, sensors, rateLimited } = scriptOf(list);
        const gaps = gapsOf(run(newRoom(), ...script));
        for (const { node, known, knownQueue } of sensors) {
          const own = gaps.filter((gap) => gap.node === node && gap.reason === 'event-drop');
          expect(sumOf(own.filter((gap) => gap.scope === null))).toBe(known);
          expect(sumOf(own.filter((gap) => gap.scope !== null))).toBe(knownQueue);
        }
        expect(sumOf(gaps.filter((gap) => gap.reason === 'rate-limit'))).toBe(rateLimited);
      }),
      { numRuns: 300 },
    );
  });

  test('no cut and no restart changes a gap', () => {
    assert(
      property(commands, sizes, (list, cuts) => {
        const { script } = scriptOf(list);
        const whole = gapsOf(run(newRoom(), ...script));
        for (const restarts of [false, true]) {
          expect(gapsOf(...runSplit(script, cuts, restarts))).toEqual(whole);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('a gap only grows: it never ends earlier, begins later or changes its place', () => {
    assert(
      property(commands, (list) => {
        const { script } = scriptOf(list);
        const room = newRoom();
        const known = new Map<string, Raised['gaps'][number]>();
        for (const step of script) {
          for (const gap of run(room, step).gaps) {
            const before = known.get(gap.id) ?? gap;
            expect(gap.from).toBeLessThanOrEqual(before.from);
            expect(gap.to).toBeGreaterThanOrEqual(before.to);
            expect(gap.from).toBeLessThanOrEqual(gap.to);
            const { cluster, node, sensor, reason, scope } = before;
            expect(gap).toMatchObject({ cluster, node, sensor, reason, scope });
            known.set(gap.id, gap);
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});
