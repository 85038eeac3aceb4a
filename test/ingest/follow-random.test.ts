// Whatever is done to a log, in whatever order, no line is lost, and none read twice but of copies.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { follow, type Life, Store, TestLog } from './follow-bench.ts';

type Step = 'write' | 'half' | 'rename' | 'copy' | 'pack' | 'kill' | 'start' | 'wait';

const STEPS: readonly (readonly [Step, weight: number])[] = [
  ['write', 8],
  ['half', 2],
  ['rename', 2],
  ['copy', 2],
  ['pack', 2],
  ['kill', 1],
  ['start', 2],
  ['wait', 5],
];
const ALL_STEPS = STEPS.flatMap(([step, weight]) => Array.from({ length: weight }, () => step));
const WITHOUT_COPIES = ALL_STEPS.filter((step) => step !== 'copy');

/** A log that somebody works on, and a server that comes and goes. */
class Story {
  readonly steps: string[] = [];
  private readonly random: () => number;
  private readonly bag: readonly Step[];
  private readonly log = new TestLog();
  private readonly store = new Store();
  private readonly packable: string[] = [];
  private half = '';
  private life: Life | null = null;

  constructor(random: () => number, bag: readonly Step[]) {
    this.random = random;
    this.bag = bag;
  }

  async play(steps: number): Promise<void> {
    await this.start();
    // What is rotated before the first look is not read.
    this.log.write(1);
    while (this.store.readTo.length === 0) await sleep(5);
    for (let index = 0; index < steps; index += 1) {
      const step = this.bag[Math.floor(this.random() * this.bag.length)] ?? 'wait';
      this.steps.push(step);
      await this.step(step);
    }
    this.finishLine();
    await this.start();
    await this.check();
    // Long enough for anything that would be read twice.
    await sleep(60);
    await this.check();
  }

  private check(): Promise<void> {
    const { written } = this.log;
    return this.steps.includes('copy') ? this.store.hasEach(written) : this.store.hasAll(written);
  }

  private async step(step: Step): Promise<void> {
    if (step === 'write') this.write();
    else if (step === 'half') this.beginLine();
    else if (step === 'rename') this.rotate((log) => log.rename());
    else if (step === 'copy') this.rotate((log) => log.copyAndTruncate());
    else if (step === 'pack') this.pack();
    else if (step === 'kill') await this.kill();
    else if (step === 'start') await this.start();
    else await sleep(this.random() * 60);
  }

  private write(): void {
    this.finishLine();
    this.log.write(1 + Math.floor(this.random() * 40));
  }

  private beginLine(): void {
    if (this.half !== '') return;
    const line = JSON.stringify({ line: this.log.written.length, half: true });
    const cut = 1 + Math.floor(this.random() * (line.length - 1));
    this.log.written.push(line);
    this.log.append(line.slice(0, cut));
    this.half = `${line.slice(cut)}\n`;
  }

  private finishLine(): void {
    this.log.append(this.half);
    this.half = '';
  }

  private rotate(how: (log: TestLog) => string): void {
    this.finishLine();
    this.packable.push(how(this.log));
  }

  private pack(): void {
    const path = this.packable.splice(Math.floor(this.random() * this.packable.length), 1)[0];
    if (path !== undefined) this.log.gzip(path);
  }

  private async kill(): Promise<void> {
    await this.life?.kill();
    this.life = null;
  }

  private async start(): Promise<void> {
    const commitMs = this.random() < 0.5 ? 0 : 3;
    this.life ??= await follow(this.store, [{ path: this.log.path }], { commitMs });
  }
}

/** Numbers that look random and are the same for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const STORIES = 24;
const STEPS_PER_STORY = 40;

test(
  'no line is lost, and none is read twice unless it was copied',
  { timeout: 30_000 },
  async () => {
    const stories = Array.from(
      { length: STORIES },
      (_, seed) => new Story(randomOf(seed), seed % 2 === 0 ? ALL_STEPS : WITHOUT_COPIES),
    );
    const told = stories.map(async (story) => {
      await story.play(STEPS_PER_STORY);
      return story.steps.length;
    });
    const results = await Promise.allSettled(told);
    const failures = results.map((result, seed) =>
      result.status === 'fulfilled'
        ? `${result.value} steps`
        : `${stories[seed]?.steps.join(' ')}: ${String(result.reason)}`,
    );
    expect(new Set(failures)).toEqual(new Set([`${STEPS_PER_STORY} steps`]));
  },
);
