import type { FleetPod } from './fleet.ts';
import type { Moment } from './tetragon-lines.ts';
import { epochNanosText, timeText } from './time-text.ts';

export interface FalcoRule {
  readonly rule: string;
  readonly priority: string;
  readonly says: string;
  readonly tags: readonly string[];
  readonly eventType: string;
}

/** The process that an alert is about. */
export interface AlertProcess {
  readonly pod: FleetPod;
  readonly pid: number;
  readonly containerPid: number;
  readonly binary: string;
  readonly arguments: string;
  readonly parentBinary: string;
}

export const NOISY_RULE: FalcoRule = {
  rule: 'Contact K8S API Server From Container',
  priority: 'Notice',
  says: 'A container talked to the API server of the cluster',
  tags: ['T1565', 'container', 'k8s', 'maturity_stable', 'mitre_discovery', 'network'],
  eventType: 'connect',
};

export const OTHER_RULES: readonly FalcoRule[] = [
  {
    rule: 'Read sensitive file untrusted',
    priority: 'Warning',
    says: 'A program that is not known to need it opened a sensitive file',
    tags: [
      'T1555',
      'container',
      'filesystem',
      'host',
      'maturity_stable',
      'mitre_credential_access',
    ],
    eventType: 'openat',
  },
  {
    rule: 'Launch Package Management Process in Container',
    priority: 'Error',
    says: 'A package manager ran inside a container',
    tags: ['T1505', 'container', 'maturity_sandbox', 'mitre_persistence', 'process'],
    eventType: 'execve',
  },
  {
    rule: 'Packet socket created in container',
    priority: 'Notice',
    says: 'A container opened a packet socket',
    tags: ['T1557.002', 'container', 'maturity_stable', 'mitre_credential_access', 'network'],
    eventType: 'socket',
  },
  {
    rule: 'Clear Log Activities',
    priority: 'Warning',
    says: 'A log file was emptied',
    tags: ['T1070', 'container', 'filesystem', 'host', 'maturity_stable', 'mitre_defense_evasion'],
    eventType: 'openat',
  },
];

export const TERMINAL_SHELL: FalcoRule = {
  rule: 'Terminal shell in container',
  priority: 'Notice',
  says: 'A shell with a terminal was started in a container',
  tags: ['T1059', 'container', 'maturity_stable', 'mitre_execution', 'shell'],
  eventType: 'execve',
};

export const REDIRECTED_SHELL: FalcoRule = {
  rule: 'Redirect STDOUT/STDIN to Network Connection in Container',
  priority: 'Notice',
  says: 'Standard input and output of a process in a container now are a network connection',
  tags: ['T1059', 'container', 'maturity_stable', 'mitre_execution', 'network', 'process'],
  eventType: 'dup2',
};

export const LAUNCHED_NAMESPACE_CHANGE: FalcoRule = {
  rule: 'Change thread namespace',
  priority: 'Notice',
  says: 'A program moved into the namespaces of another process',
  tags: ['T1611', 'container', 'host', 'maturity_incubating', 'mitre_privilege_escalation'],
  eventType: 'setns',
};

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** One Falco alert with the fields that `append_output` adds for joining, keys in order. */
export function falcoLine(
  rule: FalcoRule,
  process: AlertProcess,
  event: { readonly at: Moment; readonly fdName: string | null },
): string {
  const { pod } = process;
  const time = timeText(event.at.micros, event.at.nanos);
  const name = baseName(process.binary);
  const cmdline = JSON.stringify(`${name} ${process.arguments}`);
  const fd = event.fdName === null ? 'null' : `"${event.fdName}"`;
  const container = pod.containerId.slice(0, 12);
  const output = JSON.stringify(
    `${time.slice(11, 29)}: ${rule.priority} ${rule.says} | evt_type=${rule.eventType} ` +
      `user=root process=${name} proc_exepath=${process.binary} parent=${baseName(process.parentBinary)} ` +
      `command=${name} ${process.arguments} container_id=${container} ` +
      `container_name=${pod.profile.name} container_image_repository=${pod.profile.image} ` +
      `container_image_tag=${pod.profile.tag} k8s_pod_name=${pod.name} k8s_ns_name=${pod.namespace}`,
  );
  return (
    `{"hostname":"${pod.node}","output":${output},"output_fields":{` +
    `"container.id":"${container}","container.image.repository":"${pod.profile.image}",` +
    `"container.image.tag":"${pod.profile.tag}","container.name":"${pod.profile.name}",` +
    `"evt.hostname":"${pod.node}","evt.time":${epochNanosText(event.at.micros, event.at.nanos)},` +
    `"evt.type":"${rule.eventType}","fd.name":${fd},"k8s.ns.name":"${pod.namespace}",` +
    `"k8s.pod.name":"${pod.name}","k8s.pod.uid":"${pod.uid}","proc.cmdline":${cmdline},` +
    `"proc.exepath":"${process.binary}","proc.name":"${name}","proc.pid":${process.pid},` +
    `"proc.pname":"${baseName(process.parentBinary)}","proc.tty":0,"proc.vpid":${process.containerPid},` +
    `"user.loginuid":-1,"user.name":"root","user.uid":${pod.profile.uid}},` +
    `"priority":"${rule.priority}","rule":"${rule.rule}","source":"syscall",` +
    `"tags":${JSON.stringify(rule.tags)},"time":"${time}"}`
  );
}
