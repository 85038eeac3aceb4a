// The known events of a run: each has a marker of its own, by which the journal is counted later.
import {
  falcoAlert,
  type RawPod,
  type RawProcess,
  tetragonExec,
  tetragonFileRead,
} from '../../support/raw-events.ts';

/** Namespace whose incidents somebody closes now and then. */
export const CLOSING_NAMESPACE = 'reserved-for-closing';
const NAMESPACE = 'shop';

/** One event of the ledger. */
export interface LedgerEvent {
  readonly marker: string;
  readonly line: Uint8Array;
}

/** What one client does its best to get stored: sent again and again until it is answered. */
export interface LedgerBody {
  readonly events: readonly LedgerEvent[];
  /** Lives of the server in which it was sent on an open connection and never answered. */
  readonly unansweredIn: number[];
}

const POD_LIFE_MS = 2_500;
const NANOS_PER_MS = 1_000_000;
const TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** The marker of a record; the first in its text is that of the event itself. */
export const MARKER = /ledger-\d+-\d+/;

/** Writes the events of one node, whose clock is this machine's. */
export class NodeAuthor {
  private readonly node: string;
  private readonly namespace: string;
  private readonly number: number;
  private events = 0;
  private pods = 0;
  private pod: RawPod | null = null;
  private podUntilMs = 0;
  private lastMs = 0;
  private nanos = 0;

  constructor(number: number, namespace: string) {
    this.number = number;
    this.namespace = namespace;
    this.node = `${namespace}-node-${number}`;
  }

  /** A body of so many events that happen now. */
  body(count: number): LedgerBody {
    const events: LedgerEvent[] = [];
    while (events.length < count) events.push(...this.chapter());
    return { events, unansweredIn: [] };
  }

  private chapter(): readonly LedgerEvent[] {
    const dice = Math.random();
    if (dice < 0.02) return this.chain();
    if (dice < 0.05) return this.scans();
    if (dice < 0.06) return [this.hostFile()];
    if (dice < 0.12) return [this.alert()];
    return [this.exec(this.process('/usr/bin/app'))];
  }

  /** A shell, its child and the token the child reads. */
  private chain(): readonly LedgerEvent[] {
    const shell = this.process('/bin/sh');
    const started = this.exec(shell);
    const child = this.process('/bin/cat', shell);
    return [started, this.exec(child), this.read(child, TOKEN)];
  }

  private scans(): readonly LedgerEvent[] {
    return [0, 1, 2].map(() => this.exec(this.process('/usr/bin/scan')));
  }

  /** A process of the node itself touches a cron file: with a shell nearby it is an escape. */
  private hostFile(): LedgerEvent {
    const { pod: _, ...process } = this.process('/usr/bin/tee');
    return this.read(process, '/etc/cron.d/job');
  }

  private alert(): LedgerEvent {
    const process = this.process('/usr/bin/reader');
    const { timeMs, nanos } = this.now();
    const alert = { rule: 'Read sensitive file', priority: 'Warning', timeMs, nanos, process };
    return { marker: process.arguments, line: falcoAlert(alert) };
  }

  private exec(process: RawProcess & { arguments: string }): LedgerEvent {
    const { timeMs, nanos } = this.now();
    return { marker: process.arguments, line: tetragonExec(process, timeMs, nanos) };
  }

  /** The same process, told with other arguments so that this event has a marker of its own. */
  private read(process: RawProcess, path: string): LedgerEvent {
    const marker = this.nextMarker();
    const line = tetragonFileRead({ ...process, arguments: marker }, path, this.now());
    return { marker, line };
  }

  private process(binary: string, parent?: RawProcess): RawProcess & { arguments: string } {
    const marker = this.nextMarker();
    const { timeMs: startMs } = this.now();
    const pod = this.currentPod(startMs);
    const pid = 1000 + this.events;
    const family = parent === undefined ? {} : { parent };
    return { node: this.node, pid, binary, arguments: marker, startMs, pod, ...family };
  }

  private nextMarker(): string {
    this.events += 1;
    return `ledger-${this.number}-${this.events}`;
  }

  /** Pods come and go, so that incidents do. */
  private currentPod(nowMs: number): RawPod {
    if (this.pod !== null && nowMs < this.podUntilMs) return this.pod;
    this.pods += 1;
    const digits = `${this.number}${String(this.pods).padStart(9, '0')}`.padStart(12, '0');
    this.podUntilMs = nowMs + POD_LIFE_MS;
    this.pod = {
      namespace: this.namespace,
      name: `web-${this.number}-${this.pods}`,
      uid: `00000000-0000-4000-8000-${digits}`,
      containerId: `${digits}${'0123456789abcdef'.repeat(4)}`.slice(0, 64),
    };
    return this.pod;
  }

  /** The wall clock, never twice the same. */
  private now(): { timeMs: number; nanos: number } {
    const nowMs = Date.now();
    if (nowMs > this.lastMs) {
      this.lastMs = nowMs;
      this.nanos = 0;
    } else {
      this.nanos = (this.nanos + 1_003) % NANOS_PER_MS;
    }
    return { timeMs: this.lastMs, nanos: this.nanos };
  }
}

/** Eight nodes, one per client; two of them run only what may be closed. */
export const createAuthors = (): readonly NodeAuthor[] =>
  Array.from(
    { length: 8 },
    (_, number) => new NodeAuthor(number, number < 6 ? NAMESPACE : CLOSING_NAMESPACE),
  );

const NEWLINE = Buffer.from('\n');

/** The events as NDJSON. */
export const ndjson = (events: readonly LedgerEvent[]): Buffer =>
  Buffer.concat(events.flatMap(({ line }) => [line, NEWLINE]));
