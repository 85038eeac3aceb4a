// What each field means that rules can name, and what it is read from.

/** A field as docs/FIELDS.md shows it. Null where that sensor has nothing to fill it. */
export interface GuidedField {
  readonly name: string;
  readonly meaning: string;
  /** Member of Tetragon's event, below its `process_*` object unless it says otherwise. */
  readonly tetragon: string | null;
  /** Output field, or member of the alert. */
  readonly falco: string | null;
  /** What Eyrie adds: from the pod catalogue, the process table, or the way the event came. */
  readonly eyrie: string | null;
}

export interface FieldGroup {
  readonly title: string;
  readonly about: string;
  readonly fields: readonly GuidedField[];
}

type Sources = Partial<Pick<GuidedField, 'tetragon' | 'falco' | 'eyrie'>>;

const field = (name: string, meaning: string, sources: Sources): GuidedField => ({
  name,
  meaning,
  tetragon: sources.tetragon ?? null,
  falco: sources.falco ?? null,
  eyrie: sources.eyrie ?? null,
});

const PROCESS: FieldGroup = {
  title: 'Process',
  about:
    'The process that acted. The names are those of Sigma, so rules written for `process_creation` work.',
  fields: [
    field('Image', 'Path of its executable', {
      tetragon: 'process.binary',
      falco: 'proc.exepath',
    }),
    field('CommandLine', 'Its full command line', {
      tetragon: 'process.binary and process.arguments',
      falco: 'proc.cmdline',
    }),
    field('CurrentDirectory', 'Its working directory', {
      tetragon: 'process.cwd',
      falco: 'proc.cwd',
    }),
    field('User', 'Name of its user; the number where no name is known, `root` for 0', {
      tetragon: 'process.user.name, process.uid',
      falco: 'user.name, user.uid',
    }),
    field('LogonId', 'Login uid, absent if nobody logged in', {
      tetragon: 'process.auid',
      falco: 'user.loginuid',
    }),
    field('ProcessId', "Its pid in the host's namespace", {
      tetragon: 'process.pid',
      falco: 'proc.pid',
    }),
    field('ParentProcessId', "Its parent's pid", {
      tetragon: 'parent.pid',
      falco: 'proc.ppid',
    }),
    field('ParentImage', "Path of its parent's executable", {
      tetragon: 'parent.binary',
      falco: 'proc.pexepath',
      eyrie: 'the nearest ancestor, when the event names no parent',
    }),
    field('ParentCommandLine', "Its parent's command line", {
      tetragon: 'parent.binary and parent.arguments',
      falco: 'proc.pcmdline',
      eyrie: 'the nearest ancestor, when the event names no parent',
    }),
    field('process.entity_id', 'The process, unique in its cluster; rules group by it', {
      tetragon: 'process.exec_id',
      eyrie: 'for Falco: the process that the alert was joined with',
    }),
    field('process.parent.entity_id', 'Its parent', {
      tetragon: 'process.parent_exec_id',
      eyrie: 'for Falco: the parent of the process that the alert was joined with',
    }),
    field('process.ancestors', 'Its ancestors, nearest first, at most 16: a list', {
      tetragon: 'process.parent_exec_id, ancestors',
      eyrie: 'the process table',
    }),
    field('process.join.tier', 'How its process was found: A, B, C, D or none', {
      eyrie: 'for Falco: the join with the processes Tetragon told of',
    }),
    field('process.join.confidence', 'exact, strong, weak, ambiguous or none', {
      eyrie: 'for Falco: the join with the processes Tetragon told of',
    }),
  ],
};

const FILE_AND_NETWORK: FieldGroup = {
  title: 'File and network',
  about: 'What the process touched.',
  fields: [
    field('TargetFilename', 'The file', {
      tetragon: 'args: a file, path or linux_binprm; a string of a function that works on files',
      falco: 'fd.name, if it is a path',
    }),
    field('SourceIp', 'Where the connection comes from', {
      tetragon: 'args: sock or skb saddr',
      falco: 'fd.cip, fd.lip, fd.name',
    }),
    field('SourcePort', 'Its port', {
      tetragon: 'args: sock or skb sport',
      falco: 'fd.cport, fd.lport, fd.name',
    }),
    field('DestinationIp', 'Where it leads to', {
      tetragon: 'args: sock, skb or sockaddr: daddr, addr',
      falco: 'fd.sip, fd.rip, fd.name',
    }),
    field('DestinationPort', 'Its port', {
      tetragon: 'args: sock, skb or sockaddr: dport, port',
      falco: 'fd.sport, fd.rport, fd.name',
    }),
    field('Initiated', '`true` if the process opened the connection, `false` if it waits for one', {
      tetragon: 'the hooked function and its address',
      falco: 'an address to connect to',
    }),
  ],
};

const HOOK: FieldGroup = {
  title: 'Hooks of Tetragon',
  about:
    'What a tracing policy reported: kprobes, tracepoints, uprobes, USDT probes, LSM hooks, loaders.',
  fields: [
    field('function_name', 'Function or symbol; `subsys/event` of a tracepoint', {
      tetragon: 'function_name, subsys and event, symbol, provider and name',
    }),
    field('policy_name', 'The tracing policy', { tetragon: 'policy_name' }),
    field('action', 'What Tetragon did, absent if nothing', { tetragon: 'action' }),
    field('return_action', 'What it did when the function returned', { tetragon: 'return_action' }),
    field('message', "The policy's message", { tetragon: 'message' }),
    field('return', 'What the function returned', { tetragon: 'return' }),
    field('args', 'Its arguments as text: a list', { tetragon: 'args' }),
    field('data', 'What the policy read beside them: a list', { tetragon: 'data' }),
    field('subsys', 'Subsystem of a tracepoint', { tetragon: 'subsys' }),
    field('event', 'Name of a tracepoint', { tetragon: 'event' }),
    field('provider', 'Provider of a USDT probe', { tetragon: 'provider' }),
    field('probe', 'Name of a USDT probe', { tetragon: 'name' }),
    field('symbol', 'Symbol of a uprobe', { tetragon: 'symbol' }),
    field('path', 'Program or library that was hooked or loaded', { tetragon: 'path' }),
    field('offset', 'Where in it', { tetragon: 'offset' }),
    field('ima_hash', 'The file as IMA measured it', { tetragon: 'ima_hash' }),
    field('buildid', 'Build id of what was loaded', { tetragon: 'buildid' }),
    field('ImageLoaded', 'The library that was loaded', { tetragon: 'path of process_loader' }),
  ],
};

const ALERT: FieldGroup = {
  title: "Falco's alert",
  about:
    'The alert itself. Every output field is reachable as `output_fields.<its name>`, with its dots and brackets as Falco writes them, such as `output_fields.proc.aname[2]`.',
  fields: [
    field('rule', "Name of Falco's rule", { falco: 'rule' }),
    field('priority', 'Priority in lower case', { falco: 'priority' }),
    field('source', '`syscall`, `k8s_audit`, or the name of a plugin', { falco: 'source' }),
    field('output', 'The text of the alert', { falco: 'output' }),
    field('tags', "Tags of Falco's rule or of Tetragon's policy: a list", {
      tetragon: 'tags',
      falco: 'tags',
    }),
  ],
};

const TARGET: FieldGroup = {
  title: 'Entries of logs',
  about: 'Whom an entry of a Kubernetes or cloud log is about, and who did it.',
  fields: [
    field('target.kind', '`kubernetes`, `cloud` or `other`', { falco: 'source' }),
    field('target.namespace', 'Namespace of the object', { falco: 'ka.target.namespace' }),
    field('target.resource', 'Kind of the object, or the service of the cloud', {
      falco:
        'ka.target.resource and subresource, ct.shortsrc, gcp.serviceName, okta.app, github.type',
    }),
    field('target.name', 'Name of the object', {
      falco: 'ka.target.name, s3.bucket, gcp.resourceName, okta.target.user.name, github.repo',
    }),
    field('target.user', 'Who did it', {
      falco: 'ka.user.name, ct.user, gcp.user, okta.actor.alternateid, github.user',
    }),
    field('target.account', 'Account, organization or project', {
      falco: 'ct.user.accountid, gcp.projectId, github.org',
    }),
    field('target.verb', 'What was done', {
      falco: 'ka.verb, ct.name, gcp.methodName, okta.evt.type, github.action',
    }),
  ],
};

const POD: FieldGroup = {
  title: 'Container and pod',
  about:
    'Where it happened, as of the event. What the pod catalogue knows comes first; what the sensor says stands in where it knows nothing.',
  fields: [
    field('container.id', 'First 12 digits of its id', {
      tetragon: 'process.pod.container.id, process.docker',
      falco: 'container.id, container.full_id',
      eyrie: 'the catalogue',
    }),
    field('container.name', 'Its name in the pod', {
      tetragon: 'process.pod.container.name',
      falco: 'container.name',
      eyrie: 'the catalogue',
    }),
    field('container.image', 'Its image', {
      tetragon: 'process.pod.container.image.name',
      falco: 'container.image.repository and container.image.tag',
      eyrie: 'the catalogue',
    }),
    field('container.kind', '`main`, `init`, `sidecar` or `ephemeral`', { eyrie: 'the catalogue' }),
    field('k8s.pod.uid', "The pod's UID; `namespace/name` where only names are known", {
      tetragon: 'process.pod.uid',
      falco: 'k8s.pod.uid',
      eyrie: 'the catalogue',
    }),
    field('k8s.pod.name', 'Its name', {
      tetragon: 'process.pod.name',
      falco: 'k8s.pod.name',
      eyrie: 'the catalogue',
    }),
    field('k8s.ns', 'Its namespace', {
      tetragon: 'process.pod.namespace',
      falco: 'k8s.ns.name',
      eyrie: 'the catalogue',
    }),
    field('k8s.workload.name', 'Who owns it', {
      tetragon: 'process.pod.workload',
      eyrie: 'the catalogue',
    }),
    field('k8s.workload.kind', 'Kind of its owner', {
      tetragon: 'process.pod.workload_kind',
      eyrie: 'the catalogue',
    }),
    field('k8s.pod.service_account', 'Its service account', { eyrie: 'the catalogue' }),
    field('node', 'Name of the node', { tetragon: 'node_name of the event', falco: 'hostname' }),
  ],
};

const EVENT: FieldGroup = {
  title: 'The event itself',
  about: 'Labels of a pod are reachable as `k8s.pod.labels.<key>`.',
  fields: [
    field('cluster', 'The cluster', { eyrie: 'the secret, the topic or the configuration' }),
    field('sensor', '`falco` or `tetragon`', { eyrie: 'the shape of the event' }),
    field('kind', '`exec`, `exit`, `kprobe`, `alert` and so on', {
      eyrie: 'the type of the event',
    }),
  ],
};

export const FIELD_GUIDE: readonly FieldGroup[] = [
  PROCESS,
  FILE_AND_NETWORK,
  HOOK,
  ALERT,
  TARGET,
  POD,
  EVENT,
];
