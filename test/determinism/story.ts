// Seeded stories: records with their lanes, written so that every hard case comes up often.
import type { Origin } from '../../src/model/origin.ts';
import {
  falcoAlert,
  type RawPod,
  type RawProcess,
  tetragonExec,
  tetragonExit,
  tetragonFileRead,
} from '../support/raw-events.ts';
import {
  falcoDrop,
  falcoMetrics,
  tetragonRateLimit,
  tetragonThrottle,
} from '../support/raw-health.ts';
import type { Random } from './random.ts';

export const START_MS = Date.UTC(2026, 4, 28, 20, 0, 0);
export const QUIET_MS = 20_000;
export const LATENESS_MS = 5_000;
const FALCO_DELAY_MS = 100;

/** The hard cases; the suite asserts that each comes up in at least one run of twenty. */
export const CASES = [
  'quiet-period-edge',
  'equal-times-within-lane',
  'equal-times-across-lanes',
  'parent-after-child',
  'alert-before-exec',
  'late',
  'merge',
  'duplicate-in-another-lane',
] as const;
export type Case = (typeof CASES)[number];

export interface StoryRecord {
  readonly origin: Origin;
  readonly bytes: Uint8Array;
  readonly position: number;
  /** Order time in milliseconds. */
  readonly orderMs: number;
  /** Set for pairs whose arrival order the cases are about. */
  readonly tag: string | null;
}

/** A point that no record crosses. A tick stands in front, so the watermark is the same everywhere. */
export interface Barrier {
  readonly atMs: number;
  readonly late: readonly StoryRecord[];
  /** Close the n-th incident the story has without actions, or null. */
  readonly closes: number | null;
}

export interface Story {
  readonly prologue: readonly StoryRecord[];
  readonly records: readonly StoryRecord[];
  readonly barriers: readonly Barrier[];
  readonly cases: ReadonlySet<Case>;
}

const NODES = ['node-a', 'node-b'];
const PODS: readonly RawPod[] = ['web-1', 'api-1', 'db-1'].map((name, index) => ({
  namespace: 'shop',
  name,
  uid: `00000000-0000-0000-0000-00000000000${index}`,
  containerId: `${index}a${'0123456789abcdef'.repeat(4)}`.slice(0, 64),
}));

const TETRAGON: Origin = {
  kind: 'events',
  carrier: 'file',
  partition: 'tetragon.log',
  sensor: 'any',
  cluster: 'default',
  latenessMs: LATENESS_MS,
};
const FALCO: Origin = { ...TETRAGON, carrier: 'http', partition: '' };
const OTHER: Origin = { ...TETRAGON, partition: 'copy.log' };

/** Writes the records of one story. */
class Author {
  readonly records: StoryRecord[] = [];
  readonly cases = new Set<Case>();
  private position = 0;
  private pid = 100;
  private readonly random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  process(binary: string, startMs: number, at: Partial<RawProcess> = {}): RawProcess {
    this.pid += 1;
    return { node: 'node-a', pid: this.pid, binary, startMs, pod: PODS[0] as RawPod, ...at };
  }

  tetragon(bytes: Uint8Array, orderMs: number, tag: string | null = null): StoryRecord {
    this.position += 1;
    return this.keep({ origin: TETRAGON, bytes, position: this.position, orderMs, tag });
  }

  falco(process: RawProcess, timeMs: number, tag: string | null = null): StoryRecord {
    const bytes = falcoAlert({ rule: 'Read sensitive file', priority: 'Warning', timeMs, process });
    const orderMs = timeMs + FALCO_DELAY_MS;
    return this.keep({ origin: FALCO, bytes, position: 0, orderMs, tag });
  }

  health(bytes: Uint8Array, orderMs: number): StoryRecord {
    return this.keep({ origin: FALCO, bytes, position: 0, orderMs, tag: null });
  }

  exec(process: RawProcess, tag: string | null = null): StoryRecord {
    const nanos = this.random.integer(3);
    return this.tetragon(tetragonExec(process, process.startMs, nanos), process.startMs, tag);
  }

  read(process: RawProcess, path: string, timeMs: number): StoryRecord {
    return this.tetragon(tetragonFileRead(process, path, { timeMs }), timeMs);
  }

  copyIntoOtherLane(record: StoryRecord): void {
    this.position += 1;
    this.keep({ ...record, origin: OTHER, position: this.position });
    this.cases.add('duplicate-in-another-lane');
  }

  private keep(record: StoryRecord): StoryRecord {
    this.records.push(record);
    return record;
  }
}

/** A shell, a child, a token: the chain by lineage, its arrival order to be shuffled. */
function writeChain(author: Author, random: Random, atMs: number): void {
  const pod = random.pick(PODS);
  const shell = author.process('/bin/sh', atMs, { pod });
  const child = author.process('/bin/cat', atMs + 200, { pod, parent: shell });
  author.exec(shell, `parent-${child.pid}`);
  author.exec(child, `child-${child.pid}`);
  const path = '/var/run/secrets/kubernetes.io/serviceaccount/token';
  const read = author.read(child, path, atMs + 400);
  author.falco(child, atMs + 210, `alert-${child.pid}`);
  if (random.chance(0.4)) author.copyIntoOtherLane(read);
  if (random.chance(0.3)) author.tetragon(tetragonExit(child, atMs + 500), atMs + 500);
}

/** Scans, several at exactly the same time, on one node or two. */
function writeBurst(author: Author, random: Random, atMs: number): void {
  const pod = random.pick(PODS);
  const node = random.pick(NODES);
  for (let index = 0; index < 4; index += 1) {
    const startMs = atMs + (random.chance(0.5) ? 0 : index * 1000);
    author.exec(author.process('/usr/bin/scan', startMs, { pod, node }));
  }
  author.exec(author.process('/usr/bin/scan', atMs, { pod, node }));
  author.exec(author.process('/usr/bin/scan', atMs, { pod, node }));
  author.cases.add('equal-times-within-lane');
  const process = author.process('/usr/bin/scan', atMs, { pod, node });
  author.falco(process, atMs - FALCO_DELAY_MS);
  author.cases.add('equal-times-across-lanes');
}

/** The same alert again, exactly one quiet period later, or a millisecond more. */
function writeQuietEdge(author: Author, random: Random, atMs: number): void {
  const process = author.process('/bin/app', atMs, { pod: random.pick(PODS) });
  author.falco(process, atMs);
  author.falco(process, atMs + QUIET_MS + random.integer(2));
  author.cases.add('quiet-period-edge');
}

/** A shell in a pod, then a cron file on the node: two incidents that become one. */
function writeEscape(author: Author, random: Random, atMs: number): void {
  const node = random.pick(NODES);
  author.exec(author.process('/bin/sh', atMs, { node, pod: random.pick(PODS) }));
  const host: RawProcess = {
    node,
    pid: 4000 + random.integer(99),
    binary: '/bin/tee',
    startMs: atMs,
  };
  author.read(host, '/etc/cron.d/job', atMs + 1000 * random.integer(3));
}

function writeNoise(author: Author, random: Random, atMs: number): void {
  const process = author.process('/usr/bin/app', atMs, {
    pod: random.pick(PODS),
    node: random.pick(NODES),
  });
  const record = author.exec(process);
  if (random.chance(0.2)) author.copyIntoOtherLane(record);
}

/** What sensors say of their losses: messages and totals, some of them at one time. */
function writeLosses(author: Author, random: Random, atMs: number): void {
  const node = random.pick(NODES);
  const lost = 1 + random.integer(50);
  const drops = random.integer(100);
  author.health(falcoDrop(node, atMs, lost), atMs + FALCO_DELAY_MS);
  for (const after of [0, 500 * random.integer(3)]) {
    const totals = { node, startMs: START_MS, drops: after === 0 ? drops : drops + lost };
    const timeMs = atMs + after;
    author.health(falcoMetrics({ ...totals, timeMs }), timeMs + FALCO_DELAY_MS);
  }
  const cgroup = random.pick(PODS).name;
  author.tetragon(tetragonThrottle(node, atMs, { cgroup, starts: random.chance(0.6) }), atMs);
  author.tetragon(tetragonRateLimit(node, atMs, lost), atMs);
}

const CHAPTERS = [
  writeChain,
  writeBurst,
  writeQuietEdge,
  writeEscape,
  writeLosses,
  writeNoise,
  writeNoise,
];
const CHAPTER_MS = 4_000;

/** One record of every lane, so that all lanes are known before anything can be late. */
function writePrologue(random: Random): StoryRecord[] {
  const author = new Author(random);
  for (const node of NODES) {
    const process = author.process('/usr/bin/start', START_MS, { node });
    author.exec(process);
    author.falco(process, START_MS);
    author.copyIntoOtherLane(author.records.at(-2) as StoryRecord);
  }
  return author.records;
}

export function writeStory(random: Random): Story {
  const author = new Author(random);
  const prologue = writePrologue(random);
  const chapters = 3 + random.integer(6);
  for (let chapter = 0; chapter < chapters; chapter += 1) {
    const atMs = START_MS + 10_000 + chapter * CHAPTER_MS * (1 + random.integer(3));
    random.pick(CHAPTERS)(author, random, atMs);
  }
  const records = [...author.records];
  const barriers = writeBarriers(author, random, records);
  return { prologue, records, barriers, cases: author.cases };
}

function writeBarriers(
  author: Author,
  random: Random,
  records: readonly StoryRecord[],
): readonly Barrier[] {
  const last = Math.max(...records.map((record) => record.orderMs));
  const barriers: Barrier[] = [];
  const count = random.integer(3);
  for (let index = 0; index < count; index += 1) {
    const atMs = START_MS + 15_000 + random.integer(last + 30_000 - START_MS);
    const late = random.chance(0.6) ? writeLate(author, random, atMs) : [];
    barriers.push({ atMs, late, closes: random.chance(0.5) ? random.integer(3) : null });
  }
  return barriers.toSorted((left, right) => left.atMs - right.atMs);
}

/** Records far behind the watermark of their barrier: a chain of its own, or one more scan. */
function writeLate(author: Author, random: Random, barrierMs: number): readonly StoryRecord[] {
  const begin = author.records.length;
  const atMs = barrierMs - LATENESS_MS - 1_000 - random.integer(60_000);
  if (random.chance(0.5)) writeChain(author, random, atMs);
  else author.exec(author.process('/usr/bin/scan', atMs, { pod: random.pick(PODS) }));
  author.cases.add('late');
  return author.records.slice(begin).filter((record) => record.orderMs < barrierMs - LATENESS_MS);
}
