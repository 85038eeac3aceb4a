import { execId, type FleetPod } from './fleet.ts';
import { epochNanosText, timeText } from './time-text.ts';

/** One running process of the stream and its JSON as Tetragon prints it. */
export interface StreamProcess {
  readonly pod: FleetPod;
  readonly execId: string;
  readonly pid: number;
  readonly containerPid: number;
  readonly binary: string;
  readonly arguments: string;
  readonly startMicros: number;
  /** The object of `"process":` and, for its children, of `"parent":`. */
  readonly json: string;
  /** The object of its own parent. */
  readonly parentJson: string;
}

/** When something happened: whole microseconds and the nanoseconds below. */
export interface Moment {
  readonly micros: number;
  readonly nanos: number;
}

export interface NewProcess {
  readonly pod: FleetPod;
  readonly parent: { readonly execId: string; readonly json: string };
  readonly pid: number;
  readonly containerPid: number;
  readonly binary: string;
  readonly arguments: string;
  readonly cwd: string;
  readonly at: Moment;
}

/** Every node of the fleet was booted then (2026-10-14); exec ids count from it. */
const BOOT_MICROS = 1_792_000_000_000_000;

const DEFAULT_CAPABILITIES =
  '["CAP_CHOWN","DAC_OVERRIDE","CAP_FOWNER","CAP_FSETID","CAP_KILL","CAP_SETGID","CAP_SETUID","CAP_SETPCAP","CAP_NET_BIND_SERVICE","CAP_NET_RAW","CAP_SYS_CHROOT","CAP_MKNOD","CAP_AUDIT_WRITE","CAP_SETFCAP"]';

export function startProcess(spec: NewProcess): StreamProcess {
  const { pod, at } = spec;
  const id = execId(pod.node, epochNanosText(at.micros - BOOT_MICROS, at.nanos), spec.pid);
  // Tetragon prints capabilities only where there are some.
  const capabilities =
    pod.profile.uid === 0
      ? `"cap":{"permitted":${DEFAULT_CAPABILITIES},"effective":${DEFAULT_CAPABILITIES}},`
      : '';
  const json =
    `{"exec_id":"${id}","pid":${spec.pid},"uid":${pod.profile.uid},"cwd":"${spec.cwd}",` +
    `"binary":"${spec.binary}","arguments":${JSON.stringify(spec.arguments)},` +
    `"flags":"execve clone","start_time":"${timeText(at.micros, at.nanos)}","auid":4294967295,` +
    `${pod.podJsonHead}${spec.containerPid}${pod.podJsonTail},` +
    `"parent_exec_id":"${spec.parent.execId}",` +
    capabilities +
    `"tid":${spec.pid},"in_init_tree":false}`;
  return {
    pod,
    execId: id,
    pid: spec.pid,
    containerPid: spec.containerPid,
    binary: spec.binary,
    arguments: spec.arguments,
    startMicros: at.micros,
    json,
    parentJson: spec.parent.json,
  };
}

const trailer = (pod: FleetPod, at: Moment): string =>
  `,"node_name":"${pod.node}","time":"${timeText(at.micros, at.nanos)}"}`;

export const execLine = (process: StreamProcess, at: Moment): string =>
  `{"process_exec":{"process":${process.json},"parent":${process.parentJson}}${trailer(process.pod, at)}`;

/** The chart's field filter for exits takes the parent out, which is why they are half the size. */
export function exitLine(process: StreamProcess, at: Moment, status: number): string {
  const statusJson = status === 0 ? '' : `"status":${status},`;
  const time = timeText(at.micros, at.nanos);
  return `{"process_exit":{"process":${process.json},${statusJson}"time":"${time}"}${trailer(process.pod, at)}`;
}

export interface KprobeCall {
  readonly functionName: string;
  /** The JSON of the argument list. */
  readonly argumentsJson: string;
  readonly policyName: string;
}

export const kprobeLine = (process: StreamProcess, at: Moment, call: KprobeCall): string =>
  `{"process_kprobe":{"process":${process.json},"parent":${process.parentJson},` +
  `"function_name":"${call.functionName}","args":${call.argumentsJson},"return":{"int_arg":0},` +
  `"action":"KPROBE_ACTION_POST","policy_name":"${call.policyName}",` +
  `"return_action":"KPROBE_ACTION_POST"}${trailer(process.pod, at)}`;

/** A read (4) of a file, seen by the security hook. */
export const fileRead = (path: string): KprobeCall => ({
  functionName: 'security_file_permission',
  argumentsJson: `[{"file_arg":{"path":"${path}","permission":"-rw-r--r--"}},{"int_arg":4}]`,
  policyName: 'file-monitoring',
});

export interface Connection {
  readonly sourceIp: string;
  readonly sourcePort: number;
  readonly destinationIp: string;
  readonly destinationPort: number;
  readonly cookie: string;
}

export const tcpConnect = (connection: Connection): KprobeCall => ({
  functionName: 'tcp_connect',
  argumentsJson:
    `[{"sock_arg":{"family":"AF_INET","type":"SOCK_STREAM","protocol":"IPPROTO_TCP",` +
    `"saddr":"${connection.sourceIp}","daddr":"${connection.destinationIp}",` +
    `"sport":${connection.sourcePort},"dport":${connection.destinationPort},` +
    `"cookie":"${connection.cookie}","state":"TCP_SYN_SENT"}}]`,
  policyName: 'network-egress',
});
