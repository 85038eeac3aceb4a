import { type JsonObject, asObject } from '../../lib/json-object.ts';
import { tetragonKindOf, tetragonMember } from '../../lib/tetragon-members.ts';
import type { ExitFacts, HookFacts, ProcessFacts } from '../../model/security-event.ts';
import { reject } from '../decode-record.ts';
import { FLAG } from '../event-flags.ts';
import { tetragonHealthIdentity, tetragonIdentity, tetragonRecordIdentity } from '../event-id.ts';

import { type OwnTime, readOwnTime } from '../order-time.ts';
import { NO_ANCESTORS, type Reading, type ReadResult, type ReadTools } from '../reading.ts';
import { fileOf } from './hook-arguments.ts';
import { connectionOf, networkOf } from './hook-network.ts';
import type { RawPayload, RawProcess, RawTetragon, TetragonKind } from './raw-event.ts';
import { readHealthFacts } from './read-health.ts';
import { readHook, readOther } from './read-hook.ts';
import type { RepeatedRecord } from './repeated-processes.ts';
import { checkFor } from './tetragon-checks.ts';
import { type ProcessReading, readAncestors, readParent, readWhole } from './tetragon-process.ts';

const NAME_CHARS_MAX = 64;
const BASELINE_FLAG = 'procFS';
/** Tetragon's mark for a process it found no record of: nothing is known of its pod either. */
const UNKNOWN_FLAG = 'unknown';
/** It could not read the cgroup, by which it tells containers: `errorCgroupName`, `errorCgroupID` … */
const NO_CGROUP_FLAG = 'errorCgroup';

/** Reads an event of any type; `member` is what `tetragonMember` found in the record. */
export function readTetragon(root: JsonObject, member: string, tools: ReadTools): ReadResult {
  const kind = tetragonKindOf(member);
  const fault = checkFor(member)(root);
  if (fault?.essential === true) {
    return reject('invalid-shape', `A Tetragon ${kind} event has another shape. ${fault.detail}`);
  }
  if (fault !== null) tools.fields.flag(FLAG.wrongType);
  if (kind === 'health') return readHealth(root, member, tools);
  if (kind === 'other') return readUnknown(root, member, tools);
  return readKnown(root, { kind, member }, tools);
}

interface KnownType {
  readonly kind: TetragonKind;
  readonly member: string;
}

function readKnown(root: JsonObject, { kind, member }: KnownType, tools: ReadTools): ReadResult {
  const raw: RawTetragon = root;
  const payload: RawPayload = asObject(root[member]) ?? {};
  const rawProcess: RawProcess = asObject(payload.process) ?? {};
  const own = readOwnTime(raw.time, tools.times);
  const time = own ?? fallbackTime(kind, payload, tools);
  const node = tools.fields.text(raw.node_name);
  const process = readWhole(rawProcess, tools);
  const parent = readParent(payload.parent, tools);
  const reading = readEvent({ kind, member, time, node, payload, process, parent }, tools);
  const identity =
    own === null
      ? tetragonRecordIdentity(tools.cluster, root)
      : tetragonIdentity(tools.cluster, reading, { tid: process.tid, payload });
  return { kind: 'read', reading, identity };
}

/**
 * Reads an event whose process and parent were read before. Null if anything about the record is
 * not as it should be; then it must be read as a whole.
 */
export function readRepeated(record: RepeatedRecord, tools: ReadTools): ReadResult | null {
  const { kind, member, root, payload, process, parent } = record;
  if (tetragonMember(root) !== member || checkFor(member)(root) !== null) return null;
  const raw: RawTetragon = root;
  const time = readOwnTime(raw.time, tools.times);
  if (time === null) return null;
  tools.fields.begin(record.plain);
  tools.fields.flag(record.flags);
  const node = tools.fields.text(raw.node_name);
  const reading = readEvent({ kind, member, time, node, payload, process, parent }, tools);
  const identity = tetragonIdentity(tools.cluster, reading, { tid: process.tid, payload });
  return { kind: 'read', reading, identity };
}

interface RawEvent extends KnownType {
  readonly time: OwnTime | null;
  readonly node: string;
  readonly payload: RawPayload;
  readonly process: ProcessReading;
  readonly parent: ProcessFacts | null;
}

function readEvent(event: RawEvent, tools: ReadTools): Reading {
  const { kind, node, payload } = event;
  const { fields: reader } = tools;
  const { facts: process, container, pod } = event.process;
  if (kind === 'exec' && process.flags.includes(BASELINE_FLAG)) reader.flag(FLAG.baseline);
  const hasHook = kind !== 'exec' && kind !== 'exit';
  const hook = hasHook ? readHook(event.member, payload, reader) : null;
  return {
    kind,
    time: event.time,
    node,
    container,
    onHost: container === null && pod === null && knowsHost(node, process),
    pod,
    process,
    parent: event.parent,
    ancestors: readAncestors(payload.ancestors, tools),
    file: hook === null ? null : fileOfHook(kind, hook),
    network: hook === null ? null : networkOf(hook.functionName, payload.args, reader),
    hook,
    exit: kind === 'exit' ? readExit(payload, tools) : null,
    alert: null,
    target: null,
    health: null,
  };
}

/** A loader loads a file; a hook works on what its arguments name. */
const fileOfHook = (kind: TetragonKind, hook: HookFacts): string | null =>
  kind === 'loader' ? hook.path : fileOf(hook.functionName, hook.arguments);

/** Neither pod nor container means the host only where Tetragon knew the process and its cgroup. */
const knowsHost = (node: string, process: ProcessFacts): boolean =>
  node !== '' &&
  process.binary !== '' &&
  !process.flags.includes(UNKNOWN_FLAG) &&
  !process.flags.includes(NO_CGROUP_FLAG);

/** Old samples time the exit itself; an exec happens when its process image starts. */
function fallbackTime(kind: TetragonKind, payload: RawPayload, tools: ReadTools): OwnTime | null {
  if (kind === 'exit') return readOwnTime(payload.time, tools.times);
  const process: RawProcess | null = kind === 'exec' ? asObject(payload.process) : null;
  return readOwnTime(process?.start_time, tools.times);
}

function readExit(payload: RawPayload, { fields: reader }: ReadTools): ExitFacts {
  return {
    signal: reader.enumOrNull(payload.signal),
    status: reader.integer(payload.status) ?? 0,
  };
}

/** Reads an event of a later or another Tetragon: its process, its connection and its members. */
function readUnknown(root: JsonObject, member: string, tools: ReadTools): ReadResult {
  const { fields: reader } = tools;
  const raw: RawTetragon = root;
  const payload = asObject(root[member]) ?? {};
  const rawProcess: RawProcess | null = reader.object(payload['process']);
  const node = reader.text(raw.node_name);
  const time = readOwnTime(raw.time, tools.times);
  if (rawProcess === null && node === '' && time === null) {
    const named = JSON.stringify(member.slice(0, NAME_CHARS_MAX));
    const detail = `The record has a member ${named}, but neither a process nor a node and a time.`;
    return reject('unsupported-kind', detail);
  }
  const process = rawProcess === null ? null : readWhole(rawProcess, tools);
  const hook = readOther(member, payload, reader);
  const reading: Reading = {
    ...ABOUT_NOTHING,
    ...(process === null ? null : subjectOf(node, process)),
    kind: 'other',
    time,
    node,
    parent: readParent(payload['parent'], tools),
    ancestors: readAncestors(payload['ancestors'], tools),
    file: fileOf(hook.functionName, hook.arguments),
    network: connectionOf(payload, reader) ?? networkOf(member, payload['args'], reader),
    hook,
  };
  const identity =
    time === null
      ? tetragonRecordIdentity(tools.cluster, root)
      : tetragonIdentity(tools.cluster, reading, { tid: process?.tid ?? '', payload });
  return { kind: 'read', reading, identity };
}

const subjectOf = (node: string, { facts, container, pod }: ProcessReading) => ({
  process: facts,
  container,
  pod,
  onHost: container === null && pod === null && knowsHost(node, facts),
});

/** Reads a message of Tetragon about itself; it names no process, only its node. */
function readHealth(root: JsonObject, member: string, tools: ReadTools): ReadResult {
  const raw: RawTetragon = root;
  const payload = asObject(root[member]) ?? {};
  const time = readOwnTime(raw.time, tools.times);
  const node = tools.fields.text(raw.node_name);
  const health = readHealthFacts(member, payload, tools.fields);
  const reading: Reading = { ...ABOUT_NOTHING, kind: 'health', time, node, health };
  const identity =
    time === null
      ? tetragonRecordIdentity(tools.cluster, root)
      : tetragonHealthIdentity(tools.cluster, reading, { member, payload });
  return { kind: 'read', reading, identity };
}

const ABOUT_NOTHING: Omit<Reading, 'kind' | 'time' | 'node'> = {
  container: null,
  onHost: false,
  pod: null,
  process: null,
  parent: null,
  ancestors: NO_ANCESTORS,
  file: null,
  network: null,
  hook: null,
  exit: null,
  alert: null,
  target: null,
  health: null,
};
