import type { ContainerRef, ProcessFacts, SensorPod } from '../../model/security-event.ts';
import { LIMITS } from '../../config/limits.ts';
import { FLAG } from '../event-flags.ts';
import { scalarText } from '../event-id.ts';
import type { FieldReader } from '../field-reader.ts';
import { NO_ANCESTORS, type ReadTools } from '../reading.ts';
import type { RawContainer, RawPod, RawProcess } from './raw-event.ts';

const SCHEME_END = '://';

/** All that a process object says. */
export interface ProcessReading {
  readonly facts: ProcessFacts;
  readonly container: ContainerRef | null;
  readonly pod: SensorPod | null;
  /** The thread, as the event's identity counts it. */
  readonly tid: string;
}

/** Reads the process of an event with its container and pod. */
export const readWhole = (raw: RawProcess, tools: ReadTools): ProcessReading => ({
  facts: readProcess(raw, tools),
  container: readContainer(raw, tools.fields),
  pod: readPod(raw, tools.fields),
  tid: scalarText(raw.tid),
});

/** One process image; a parent that is missing or empty is null. */
function readProcess(raw: RawProcess, tools: ReadTools): ProcessFacts {
  const { fields: reader, times } = tools;
  const binary = reader.text(raw.binary);
  const args = reader.text(raw.arguments);
  const flags = reader.text(raw.flags);
  if (flags.includes('trunc') || flags.includes('error')) flagErrors(flags, reader);
  const pod: RawPod | null = reader.object(raw.pod);
  const container: RawContainer | null = reader.object(pod?.container);
  const user: { readonly name?: unknown } | null = reader.object(raw.user);
  return {
    execId: reader.textOrNull(raw.exec_id),
    parentExecId: reader.textOrNull(raw.parent_exec_id),
    pid: reader.integer(raw.pid),
    containerPid: reader.integer(container?.pid),
    binary,
    arguments: args,
    commandLine: args === '' ? binary : `${binary} ${args}`,
    cwd: reader.text(raw.cwd),
    uid: reader.uid(raw.uid),
    user: reader.textOrNull(user?.name),
    loginUid: reader.uid(raw.auid),
    startTime: times.read(raw.start_time) ? times.micros : null,
    flags,
  };
}

/** Words by which Tetragon says that it has not all of the arguments, the path or the directory. */
const INCOMPLETE_FLAGS = [
  'truncArgs',
  'errorArgs',
  'truncFilename',
  'errorFilename',
  'errorCWD',
  'errorPathResolutionCwd',
] as const;

function flagErrors(flags: string, reader: FieldReader): void {
  if (INCOMPLETE_FLAGS.some((word) => flags.includes(word))) reader.flag(FLAG.truncated);
}

export function readParent(value: unknown, tools: ReadTools): ProcessFacts | null {
  const raw = tools.fields.object(value);
  return raw === null || Object.keys(raw).length === 0 ? null : readProcess(raw, tools);
}

/** The listed ancestors up to the first that is not a process: what is above it hangs on nothing. */
export function readAncestors(value: unknown, tools: ReadTools): readonly ProcessFacts[] {
  if (value === undefined) return NO_ANCESTORS;
  const ancestors: ProcessFacts[] = [];
  for (const item of tools.fields.list(value)) {
    const ancestor = ancestors.length < LIMITS.ancestorsMax ? readParent(item, tools) : null;
    if (ancestor === null) break;
    ancestors.push(ancestor);
  }
  return ancestors;
}

/** The container: the pod's full id, else what Tetragon cut out of the cgroup (24 or 31 digits). */
function readContainer(raw: RawProcess, reader: FieldReader): ContainerRef | null {
  const pod: RawPod | null = reader.object(raw.pod);
  const container: RawContainer | null = reader.object(pod?.container);
  const id = bareId(reader.text(container?.id)) || bareId(reader.text(raw.docker));
  if (id === '') return null;
  const image: { readonly name?: unknown } | null = reader.object(container?.image);
  return {
    id,
    name: reader.textOrNull(container?.name),
    image: reader.textOrNull(image?.name),
  };
}

function bareId(id: string): string {
  const scheme = id.indexOf(SCHEME_END);
  return (scheme === -1 ? id : id.slice(scheme + SCHEME_END.length)).toLowerCase();
}

function readPod(raw: RawProcess, reader: FieldReader): SensorPod | null {
  const pod: RawPod | null = reader.object(raw.pod);
  if (pod === null) return null;
  const namespace = reader.text(pod.namespace);
  const name = reader.text(pod.name);
  if (namespace === '' || name === '') return null;
  return {
    namespace,
    name,
    uid: reader.textOrNull(pod.uid),
    workload: reader.textOrNull(pod.workload),
    workloadKind: reader.textOrNull(pod.workload_kind),
  };
}
