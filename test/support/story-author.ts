// A few events with everything a fault could harm around the one that is at fault.
import {
  falcoAlert,
  type RawPod,
  type RawProcess,
  tetragonExec,
  tetragonFileRead,
} from './raw-events.ts';

const TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** Writes events whose times run on, a little ahead of the wall clock where that is asked for. */
export class Author {
  private timeMs: number;
  private pid = 100;
  private readonly node: string;

  constructor(startMs: number, node = 'node-a') {
    this.timeMs = startMs;
    this.node = node;
  }

  /** A shell, its child, and the token the child reads: a critical incident in this pod. */
  chain(pod: string): readonly Uint8Array[] {
    const shell = this.process('/bin/sh', podOf(pod));
    const started = tetragonExec(shell, shell.startMs);
    const child = { ...this.process('/bin/cat', podOf(pod)), parent: shell };
    const read = tetragonFileRead(child, TOKEN, { timeMs: this.next() });
    return [started, tetragonExec(child, child.startMs), read];
  }

  /** Three scans: one finding each, and together a burst. */
  scans(pod: string): readonly Uint8Array[] {
    return [0, 1, 2].map(() => {
      const scan = this.process('/usr/bin/scan', podOf(pod));
      return tetragonExec(scan, scan.startMs);
    });
  }

  /** A shell in a pod of its own, with a word in its arguments. */
  shell(marker: string): Uint8Array {
    const shell = { ...this.process('/bin/sh', podOf(marker)), arguments: marker };
    return tetragonExec(shell, shell.startMs);
  }

  /** An alert in a pod of its own, with a word in its command line. */
  alert(marker: string): Uint8Array {
    const process = { ...this.process('/bin/app', podOf(marker)), arguments: marker };
    const { startMs: timeMs } = process;
    return falcoAlert({ rule: 'Read sensitive file', priority: 'Warning', timeMs, process });
  }

  /** A harmless event so far ahead that the watermark passes all before it. */
  flush(aheadMs: number): Uint8Array {
    this.timeMs += aheadMs;
    const process = this.process('/usr/bin/app', podOf('quiet'));
    return tetragonExec(process, process.startMs);
  }

  private next(): number {
    this.timeMs += 10;
    return this.timeMs;
  }

  private process(binary: string, pod: RawPod): RawProcess {
    this.pid += 1;
    return { node: this.node, pid: this.pid, binary, startMs: this.next(), pod };
  }
}

function podOf(name: string): RawPod {
  const digits = Buffer.from(name).toString('hex').padEnd(12, '0').slice(0, 12);
  return {
    namespace: 'shop',
    name,
    uid: `00000000-0000-4000-8000-${digits}`,
    containerId: `${Buffer.from(name).toString('hex')}${'0123456789abcdef'.repeat(4)}`.slice(0, 64),
  };
}
