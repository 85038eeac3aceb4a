import { escapeAttack, webShellAttack, type AttackContext } from './attacks.ts';
import { createDepartureQueue } from './departure-queue.ts';
import { falcoLine, NOISY_RULE, OTHER_RULES } from './falco-lines.ts';
import { createFleet, type FleetPod } from './fleet.ts';
import { podDump } from './pod-dump.ts';
import { createRandom, type Random } from './random.ts';
import {
  execLine,
  exitLine,
  fileRead,
  kprobeLine,
  startProcess,
  tcpConnect,
  type Moment,
  type StreamProcess,
} from './tetragon-lines.ts';

export interface StreamOptions {
  readonly seed: number;
  /** Lines in all, attacks and duplicates included. */
  readonly events: number;
  readonly pods?: number;
  readonly nodes?: number;
  /** One attack about every so many events. */
  readonly attackEvery?: number;
  readonly startMicros?: number;
  /** Only process starts, each of a new process, to fill the process table. */
  readonly execsOnly?: boolean;
}

export interface EventStream {
  readonly pods: unknown;
  /** The next line without its line end; null at the end. */
  next(): string | null;
}

/** 2026-11-02T06:00:00Z. */
const START_MICROS = 1_793_599_200_000_000;
const LIVE_PROCESSES_MAX = 20_000;
const NOISY_PODS = 25;
const SECOND = 1_000_000;

/** Shares of the stream: 30 % Falco, nine tenths of it from one rule; the rest Tetragon. */
const FALCO_SHARE = 0.3;
const NOISY_SHARE = 0.9;
/** Of the Tetragon events. */
const EXEC_SHARE = 0.34;
const EXIT_SHARE = 0.26;
const DUPLICATE_SHARE = 0.002;
const SERVICES = 200;
const SERVICES_PER_POD = 4;
const SERVICE_PORTS = [80, 443, 5432, 6379, 8080, 9092] as const;
const UNIQUE_COMMAND_SHARE = 0.5;

/** Everything random of one stream; each method makes one line. */
class LineMaker {
  readonly fleet: readonly FleetPod[];
  readonly random: Random;
  readonly #noisyPods: readonly FleetPod[];
  readonly #live: StreamProcess[] = [];
  readonly #pids = new Map<string, number>();

  constructor(random: Random, fleet: readonly FleetPod[]) {
    this.random = random;
    this.fleet = fleet;
    this.#noisyPods = fleet.filter((_, index) => index % 20 === 3).slice(0, NOISY_PODS);
  }

  nextPid(node: string): number {
    const pid = ((this.#pids.get(node) ?? 100_000) % 4_000_000) + 1;
    this.#pids.set(node, pid);
    return pid;
  }

  #variable(): string {
    // Half of the command lines never come again; the others come from a small set.
    return this.random.chance(UNIQUE_COMMAND_SHARE)
      ? this.random.hex(12)
      : `batch-${this.random.below(40)}`;
  }

  exec(at: Moment): string {
    const pod = this.random.pick(this.fleet);
    const [binary, template] = this.random.pick(pod.profile.children);
    const pid = this.nextPid(pod.node);
    const process = startProcess({
      pod,
      parent: { execId: pod.mainExecId, json: pod.mainProcessJson },
      pid,
      containerPid: (pid % 30_000) + 2,
      binary,
      arguments: template.replaceAll('%', this.#variable()),
      cwd: pod.profile.cwd,
      at,
    });
    if (this.#live.length < LIVE_PROCESSES_MAX) this.#live.push(process);
    else this.#live[this.random.below(LIVE_PROCESSES_MAX)] = process;
    return execLine(process, at);
  }

  exit(at: Moment): string {
    const index = this.random.below(this.#live.length);
    const process = this.#live[index];
    const last = this.#live.pop();
    if (process === undefined || last === undefined) return this.exec(at);
    if (index < this.#live.length) this.#live[index] = last;
    return exitLine(process, at, this.random.chance(0.1) ? 1 : 0);
  }

  kprobe(at: Moment): string {
    if (this.#live.length === 0) return this.exec(at);
    const process = this.random.pick(this.#live);
    const { pod } = process;
    if (this.random.chance(0.5)) {
      const path = this.random.pick(pod.profile.files).replaceAll('%', this.#variable());
      return kprobeLine(process, at, fileRead(path));
    }
    // A workload talks to few services, always the same; who talks to many is a scan.
    const service = (pod.mainPid + this.random.below(SERVICES_PER_POD)) % SERVICES;
    const connection = {
      sourceIp: pod.ip,
      sourcePort: 32_768 + this.random.below(28_000),
      destinationIp: `10.43.0.${service + 10}`,
      destinationPort: SERVICE_PORTS[service % SERVICE_PORTS.length] ?? 443,
      cookie: `184466${this.random.below(1_000_000_000) + 1_000_000_000}`,
    };
    return kprobeLine(process, at, tcpConnect(connection));
  }

  falco(at: Moment): string {
    const isNoisy = this.random.chance(NOISY_SHARE);
    const pod = this.random.pick(isNoisy ? this.#noisyPods : this.fleet);
    const process = {
      pod,
      pid: pod.mainPid,
      containerPid: 1,
      binary: pod.profile.binary,
      arguments: pod.profile.arguments,
      parentBinary: '/usr/bin/containerd-shim-runc-v2',
    };
    const port = 32_768 + this.random.below(28_000);
    const fdName = isNoisy ? `${pod.ip}:${port}->10.43.0.1:443` : `/etc/shadow.${this.#variable()}`;
    const rule = isNoisy ? NOISY_RULE : this.random.pick(OTHER_RULES);
    return falcoLine(rule, process, { at, fdName });
  }

  benign(at: Moment): string {
    if (this.random.chance(FALCO_SHARE)) return this.falco(at);
    const kind = this.random.unit();
    if (kind < EXEC_SHARE) return this.exec(at);
    return kind < EXEC_SHARE + EXIT_SHARE ? this.exit(at) : this.kprobe(at);
  }

  /** Web shells and escapes by turns, in pods where they make sense. */
  attack(index: number, startMicros: number): ReturnType<typeof webShellAttack> {
    const isEscape = index % 2 === 1;
    const pods = this.fleet.filter((pod) => (isEscape ? pod.isPrivileged : pod.profile.isWeb));
    const context: AttackContext = {
      pod: this.random.pick(pods),
      startMicros,
      nextPid: (node) => this.nextPid(node),
      nanos: () => this.random.below(1000),
    };
    return isEscape ? escapeAttack(context) : webShellAttack(context);
  }
}

/** How late a line leaves its node: most at once, one in ten up to a second. */
const delayMicros = (random: Random): number =>
  random.chance(0.9) ? random.below(20_000) : random.below(SECOND - 1);

/** Events per second of stream time: 300 to 1000, with a wave of ten minutes. */
const rateAt = (micros: number): number =>
  650 + 350 * Math.sin(((micros / SECOND) % 600) * (Math.PI / 300));

/** The seeded stream of the benchmarks. The same options give the same lines, byte for byte. */
export function createEventStream(options: StreamOptions): EventStream {
  const attackEvery = options.attackEvery ?? 20_000;
  const random = createRandom(options.seed);
  const startMicros = options.startMicros ?? START_MICROS;
  const size = { pods: options.pods ?? 500, nodes: options.nodes ?? 20, startMicros };
  const maker = new LineMaker(random, createFleet(random, size));
  const queue = createDepartureQueue();
  let clock = startMicros;
  let made = 0;
  let left = 0;

  const depart = (micros: number, line: string): void => {
    queue.push(micros + delayMicros(random), line);
    made += 1;
  };
  const makeMore = (): void => {
    clock += Math.ceil((2 * SECOND * random.unit()) / rateAt(clock));
    if (made > 0 && Math.floor(made / attackEvery) > attacks) {
      for (const { micros, line } of maker.attack(attacks, clock)) depart(micros, line);
      attacks += 1;
    }
    const at = { micros: clock, nanos: random.below(1000) };
    const line = options.execsOnly === true ? maker.exec(at) : maker.benign(at);
    depart(clock, line);
    if (random.chance(DUPLICATE_SHARE)) depart(clock, line);
  };
  let attacks = 0;
  return {
    pods: podDump(maker.fleet),
    next: () => {
      if (left === options.events) return null;
      // Nothing that is still to come can leave before the clock.
      while (queue.nextMicros > clock && made < options.events) makeMore();
      left += 1;
      return queue.pop();
    },
  };
}
