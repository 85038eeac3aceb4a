// Builders of sensor records as Tetragon 1.6 and Falco 0.44 write them, small but true to shape.

export interface RawProcess {
  readonly node: string;
  readonly pid: number;
  readonly binary: string;
  readonly arguments?: string;
  /** Milliseconds of the start; also makes the exec_id. */
  readonly startMs: number;
  readonly parent?: RawProcess;
  readonly pod?: RawPod;
}

export interface RawPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** 64 hexadecimal digits. */
  readonly containerId: string;
}

const iso = (timeMs: number, nanos = 0): string =>
  new Date(timeMs).toISOString().replace('Z', `${String(nanos).padStart(6, '0')}Z`);

const execId = (process: RawProcess): string =>
  Buffer.from(`${process.node}:${process.startMs}000000:${process.pid}`).toString('base64');

function processJson(process: RawProcess): Record<string, unknown> {
  const { pod, parent } = process;
  return {
    exec_id: execId(process),
    pid: process.pid,
    uid: 0,
    cwd: '/',
    binary: process.binary,
    arguments: process.arguments ?? '',
    flags: 'execve clone',
    start_time: iso(process.startMs),
    auid: 4294967295,
    ...(pod === undefined ? {} : { pod: podJson(pod), docker: pod.containerId.slice(0, 31) }),
    ...(parent === undefined ? {} : { parent_exec_id: execId(parent) }),
    refcnt: 1,
    tid: process.pid,
  };
}

const podJson = (pod: RawPod): Record<string, unknown> => ({
  namespace: pod.namespace,
  name: pod.name,
  uid: pod.uid,
  container: {
    id: `containerd://${pod.containerId}`,
    name: 'app',
    image: { id: 'registry.example/app@sha256:00', name: 'registry.example/app:1' },
    pid: 7,
  },
  workload: pod.name,
  workload_kind: 'Pod',
});

const parentJson = (process: RawProcess): Record<string, unknown> =>
  process.parent === undefined ? {} : { parent: processJson(process.parent) };

const record = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

export const tetragonExec = (process: RawProcess, timeMs: number, nanos = 0): Uint8Array =>
  record({
    process_exec: { process: processJson(process), ...parentJson(process) },
    node_name: process.node,
    time: iso(timeMs, nanos),
  });

export const tetragonExit = (process: RawProcess, timeMs: number): Uint8Array =>
  record({
    process_exit: { process: processJson(process), ...parentJson(process), time: iso(timeMs) },
    node_name: process.node,
    time: iso(timeMs),
  });

export const tetragonFileRead = (
  process: RawProcess,
  path: string,
  { timeMs, nanos = 0 }: { timeMs: number; nanos?: number },
): Uint8Array =>
  record({
    process_kprobe: {
      process: processJson(process),
      ...parentJson(process),
      function_name: 'security_file_permission',
      args: [{ file_arg: { path, permission: '-r--------' } }, { int_arg: 4 }],
      return: { int_arg: 0 },
      action: 'KPROBE_ACTION_POST',
      policy_name: 'file-monitoring',
      return_action: 'KPROBE_ACTION_POST',
    },
    node_name: process.node,
    time: iso(timeMs, nanos),
  });

export interface RawAlert {
  readonly rule: string;
  readonly priority: string;
  readonly timeMs: number;
  readonly nanos?: number;
  readonly process: RawProcess;
}

export const falcoAlert = (alert: RawAlert): Uint8Array => {
  const { process, rule, priority, timeMs, nanos = 0 } = alert;
  return record({
    hostname: process.node,
    output: `${rule} (command=${process.binary})`,
    output_fields: {
      'container.id': process.pod?.containerId.slice(0, 12) ?? 'host',
      'evt.type': 'openat',
      'fd.name': '/etc/shadow',
      'k8s.ns.name': process.pod?.namespace ?? null,
      'k8s.pod.name': process.pod?.name ?? null,
      'proc.cmdline': `${process.binary} ${process.arguments ?? ''}`,
      'proc.exepath': process.binary,
      'proc.name': process.binary.split('/').at(-1),
      'proc.pid': process.pid,
      'user.name': 'root',
      'user.uid': 0,
    },
    priority,
    rule,
    source: 'syscall',
    tags: ['T1555', 'container', 'mitre_credential_access'],
    time: iso(timeMs, nanos),
  });
};
