import type { Micros } from './micros.ts';
import type { JournalRef } from './part.ts';
import type { Carrier, SensorName } from './origin.ts';

/** What happened, in the words of all sensors. */
export const EVENT_KINDS = [
  'exec',
  'exit',
  'kprobe',
  'tracepoint',
  'uprobe',
  'usdt',
  'lsm',
  'loader',
  'other', // A Tetragon event of a type this version has no name for, kept as it came.
  'alert',
  'health', // A sensor's word about itself: it feeds coverage and is never a finding.
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** Things worth knowing about how an event was read. */
export type EventFlag =
  | 'no-time' // It had no readable time of its own; the time of receipt orders it.
  | 'clock-skew' // Its own time lies more than 10 s ahead of its receipt; the receipt orders it.
  | 'invalid-utf8' // Some bytes were no UTF-8 and were read as U+FFFD.
  | 'nul-stripped' // NUL characters were taken out of its text.
  | 'truncated' // The sensor or we cut a field (truncArgs, errorArgs, "[...]", our own cap).
  | 'wrong-type' // A field had a type the schema does not know and is null here.
  | 'baseline' // A process that ran before the sensor started (Tetragon procFS), never a finding.
  | 'no-fields' // A Falco alert without output_fields: only its text says what happened.
  | 'carrier-time' // It had no readable time of its own; this is when its carrier wrote it down.
  | 'carrier-node'; // It named no node; this is what its carrier says.

/** A container as the sensor names it. */
export interface ContainerRef {
  /** Hexadecimal id without scheme, lower case, as long as the sensor gave it (12, 24, 31 or 64). */
  readonly id: string;
  readonly name: string | null;
  readonly image: string | null;
}

/** A pod as the sensor names it; what the pod was allowed to do comes from the catalogue. */
export interface SensorPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string | null;
  readonly workload: string | null;
  readonly workloadKind: string | null;
}

/** One program image of a process, at the time its sensor saw it. */
export interface ProcessFacts {
  /** Tetragon's exec_id. Null for Falco, which has none. */
  readonly execId: string | null;
  readonly parentExecId: string | null;
  /** In the host's pid namespace. */
  readonly pid: number | null;
  /** In the container's own pid namespace. */
  readonly containerPid: number | null;
  /** Absolute path of the executable, '' if unknown. */
  readonly binary: string;
  /** Arguments without argv[0], joined as the sensor joins them. */
  readonly arguments: string;
  /** Full command line: Falco's `proc.cmdline`, else binary and arguments. */
  readonly commandLine: string;
  readonly cwd: string;
  readonly uid: number | null;
  readonly user: string | null;
  /** Login uid; null if unset. */
  readonly loginUid: number | null;
  readonly startTime: Micros | null;
  /** Tetragon's flags as printed, '' for Falco. */
  readonly flags: string;
}

/** One argument of a traced function. */
export interface HookArgument {
  /** The member name without `_arg`: `file`, `path`, `sock`, `int`, `string` ... */
  readonly type: string;
  readonly label: string | null;
  /** Path, string or decimal text; objects are flattened to JSON text. */
  readonly value: string;
}

export interface NetworkFacts {
  readonly protocol: string | null;
  readonly sourceIp: string | null;
  readonly sourcePort: number | null;
  readonly destinationIp: string | null;
  readonly destinationPort: number | null;
}

/** What a hook of a Tetragon policy saw, and what Tetragon's other events say beside a process. */
export interface HookFacts {
  /**
   * Function or symbol; `+offset` of an uprobe without one; `subsystem/event` of a tracepoint,
   * `provider:name` of a USDT probe; the name of its type for an event without a hook
   * (`process_loader`, `process_connect`).
   */
  readonly functionName: string;
  readonly policyName: string | null;
  readonly action: string | null;
  /** The action taken when the function returned. */
  readonly returnAction: string | null;
  readonly message: string | null;
  /** Tags of the policy. */
  readonly tags: readonly string[];
  readonly returnValue: string | null;
  readonly arguments: readonly HookArgument[];
  /** What the policy read beside the arguments (`data`). */
  readonly data: readonly HookArgument[];
  /** The program or library that was hooked (uprobe, USDT) or loaded. */
  readonly path: string | null;
  /** Where in it, as decimal text; only of a uprobe. */
  readonly offset: string | null;
  /** `algorithm:value` of the file, as IMA measured it; only of an LSM hook. */
  readonly imaHash: string | null;
  /** Build id of what was loaded, in base64. */
  readonly buildId: string | null;
}

export interface ExitFacts {
  readonly signal: string | null;
  readonly status: number;
}

export type FieldValue = string | number | boolean | null | readonly FieldValue[];

/** A Falco alert is a finding of Falco's own rule. */
export interface AlertFacts {
  readonly rule: string;
  /** Falco's priority in lower case, `unknown` if it is none of the eight. */
  readonly priority: string;
  readonly source: string;
  readonly tags: readonly string[];
  readonly output: string;
  /** Falco's output_fields, keys as written; no prototype, so `__proto__` is only a name. */
  readonly fields: ReadonlyMap<string, FieldValue>;
}

/** What an event of a log (Kubernetes audit, cloud) is about: whom it acted on, and who did it. */
export interface TargetFacts {
  readonly kind: 'kubernetes' | 'cloud' | 'other';
  /** Kubernetes namespace of the object; null for cluster-wide objects and clouds. */
  readonly namespace: string | null;
  /** Kind of the object, such as `pods`, or the cloud's service. */
  readonly resource: string | null;
  /** Name of the object. */
  readonly name: string | null;
  /** Name of the pod it acted on or in, if it did. */
  readonly podName: string | null;
  readonly user: string | null;
  /** Cloud account, organization or project. */
  readonly account: string | null;
  /** What was done: an API verb or a cloud's event name. */
  readonly verb: string | null;
}

export type HealthKind =
  | 'event-drop' // The sensor says it lost events.
  | 'rate-limit' // It dropped events over its export limit.
  | 'throttle-start' // It stopped reporting a cgroup that was too loud.
  | 'throttle-stop'
  | 'sensor-error' // It says something in it failed.
  | 'metrics' // Running totals, from which losses are told.
  | 'notice';

/** What a sensor says about itself. */
export interface HealthFacts {
  readonly what: HealthKind;
  /** Events lost that this message alone tells of; null if it gives no number. */
  readonly lost: number | null;
  /**
   * Running totals of lost events since the sensor's start, by the sensor's name for the counter. No
   * two of them count the same loss.
   */
  readonly lostTotals: ReadonlyMap<string, number>;
  /** When the sensor began to count, if it said it. */
  readonly since?: Micros | null;
  /** What was concerned: a cgroup, a queue; null if it was the whole sensor. */
  readonly scope: string | null;
  /** The sensor's version, if it said it. */
  readonly version: string | null;
  /** Its message in one line, '' if it has none. */
  readonly detail: string;
}

/** One sensor event, read and checked. All text is the attacker's to choose. */
export interface SecurityEvent {
  /** 128-bit content hash, 32 hexadecimal digits: equal ids are one event. */
  readonly id: string;
  readonly cluster: string;
  readonly sensor: SensorName;
  readonly kind: EventKind;
  /** Its own time; equals `orderTime` when it has none (flag `no-time`). */
  readonly time: Micros;
  /** Nanoseconds below the microsecond of `time`, 0 to 999. */
  readonly timeNanos: number;
  readonly orderTime: Micros;
  /** Nanoseconds below the microsecond of `orderTime`, 0 to 999. */
  readonly orderNanos: number;
  readonly receivedAt: Micros;
  readonly carrier: Carrier;
  /** Lane = carrier, partition, sensor, cluster and node, joined by NUL. */
  readonly lane: string;
  readonly position: number;
  readonly latenessMs: number;
  readonly flags: readonly EventFlag[];
  /** Empty if the sensor did not say. */
  readonly node: string;
  /** Null on the host or when the sensor did not say. */
  readonly container: ContainerRef | null;
  /** The sensor said explicitly that this happened outside of any container. */
  readonly onHost: boolean;
  readonly pod: SensorPod | null;
  readonly process: ProcessFacts | null;
  readonly parent: ProcessFacts | null;
  /** Ancestors beyond the parent, nearest first, as far as the sensor lists them; mostly none. */
  readonly ancestors: readonly ProcessFacts[];
  /** The file that was touched, if the event is about one. */
  readonly file: string | null;
  readonly network: NetworkFacts | null;
  readonly hook: HookFacts | null;
  readonly exit: ExitFacts | null;
  readonly alert: AlertFacts | null;
  readonly target: TargetFacts | null;
  readonly health: HealthFacts | null;
  /** Size of its raw record, by which held events are bounded. */
  readonly bytes: number;
  readonly journal: JournalRef;
}
