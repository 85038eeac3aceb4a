import execSchema from '../../../schemas/tetragon-exec.json' with { type: 'json' };
import exitSchema from '../../../schemas/tetragon-exit.json' with { type: 'json' };
import kprobeSchema from '../../../schemas/tetragon-kprobe.json' with { type: 'json' };
import type { ExitFacts, HookFacts, ProcessFacts } from '../../model/security-event.ts';
import { reject } from '../decode-record.ts';
import { FLAG } from '../event-flags.ts';
import { tetragonIdentity, tetragonRecordIdentity } from '../event-id.ts';
import { asObject, type JsonObject } from '../json-value.ts';
import { type OwnTime, readOwnTime } from '../order-time.ts';
import { type Reading, type ReadResult, type ReadTools, SENSOR_MESSAGE } from '../reading.ts';
import { createShapeCheck, type ShapeCheck } from '../shape-check.ts';
import { fileOf, networkOf, readArguments, readReturn } from './kprobe-arguments.ts';
import type { RawPayload, RawProcess, RawTetragon, TetragonKind } from './raw-event.ts';
import type { RepeatedRecord } from './repeated-processes.ts';
import { type ProcessReading, readParent, readWhole } from './tetragon-process.ts';

const checkFor = (kind: TetragonKind, schema: Parameters<typeof createShapeCheck>[0]): ShapeCheck =>
  createShapeCheck(schema, [
    '',
    '/time',
    '/node_name',
    `/process_${kind}`,
    `/process_${kind}/process`,
    `/process_${kind}/process/exec_id`,
    `/process_${kind}/function_name`,
    `/process_${kind}/args`,
  ]);

const CHECKS = {
  exec: checkFor('exec', execSchema),
  exit: checkFor('exit', exitSchema),
  kprobe: checkFor('kprobe', kprobeSchema),
} as const;

/** Messages of Tetragon about itself. */
const SENSOR_MESSAGES = ['rate_limit_info', 'process_throttle'] as const;
const OTHER_PREFIX = 'process_';
const KIND_CHARS_MAX = 64;
/** What an action is when the sensor took none. */
const NO_ACTION = 'KPROBE_ACTION_UNKNOWN';
const BASELINE_FLAG = 'procFS';
/** Tetragon's mark for a process it found no record of: nothing is known of its pod either. */
const UNKNOWN_FLAG = 'unknown';

/** The kind of event a record holds, by its one telling member; null if it is not Tetragon's. */
export function tetragonKind(root: JsonObject): string | null {
  const raw: RawTetragon = root;
  if (raw.process_exec !== undefined) return 'process_exec';
  if (raw.process_kprobe !== undefined) return 'process_kprobe';
  if (raw.process_exit !== undefined) return 'process_exit';
  for (const name of SENSOR_MESSAGES) if (asObject(root[name]) !== null) return name;
  for (const key of Object.keys(root)) {
    if (key.startsWith(OTHER_PREFIX) && asObject(root[key]) !== null) return key;
  }
  const isTest = raw.node_name !== undefined && asObject(root['test']) !== null;
  return isTest ? 'test' : null;
}

/** Reads an exec, exit or kprobe. Other kinds are named and refused. */
export function readTetragon(root: JsonObject, kind: string, tools: ReadTools): ReadResult {
  switch (kind) {
    case 'process_exec':
      return readKind(root, 'exec', tools);
    case 'process_exit':
      return readKind(root, 'exit', tools);
    case 'process_kprobe':
      return readKind(root, 'kprobe', tools);
    case 'rate_limit_info':
    case 'process_throttle':
      return SENSOR_MESSAGE;
    default: {
      const named = JSON.stringify(kind.slice(0, KIND_CHARS_MAX));
      return reject('unsupported-kind', `Tetragon events of the kind ${named} are not read yet.`);
    }
  }
}

function readKind(root: JsonObject, kind: TetragonKind, tools: ReadTools): ReadResult {
  const fault = CHECKS[kind](root);
  if (fault?.essential === true) {
    return reject('invalid-shape', `A Tetragon ${kind} event has another shape. ${fault.detail}`);
  }
  if (fault !== null) tools.fields.flag(FLAG.wrongType);
  const raw: RawTetragon = root;
  const payload: RawPayload = asObject(root[`process_${kind}`]) ?? {};
  const rawProcess: RawProcess = asObject(payload.process) ?? {};
  const own = readOwnTime(raw.time, tools.times);
  const time = own ?? fallbackTime(kind, payload, tools);
  const node = tools.fields.text(raw.node_name);
  const process = readWhole(rawProcess, tools);
  const parent = readParent(payload.parent, tools);
  const reading = readEvent({ kind, time, node, payload, process, parent }, tools);
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
  const { kind, root, payload, process, parent } = record;
  if (tetragonKind(root) !== record.name || CHECKS[kind](root) !== null) return null;
  const raw: RawTetragon = root;
  const time = readOwnTime(raw.time, tools.times);
  if (time === null) return null;
  tools.fields.begin(record.plain);
  tools.fields.flag(record.flags);
  const node = tools.fields.text(raw.node_name);
  const reading = readEvent({ kind, time, node, payload, process, parent }, tools);
  const identity = tetragonIdentity(tools.cluster, reading, { tid: process.tid, payload });
  return { kind: 'read', reading, identity };
}

interface RawEvent {
  readonly kind: TetragonKind;
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
  const hook = kind === 'kprobe' ? readKprobe(payload, tools) : null;
  return {
    kind,
    time: event.time,
    node,
    container,
    onHost: container === null && pod === null && knowsHost(node, process),
    pod,
    process,
    parent: event.parent,
    file: hook === null ? null : fileOf(hook.functionName, hook.arguments),
    network: hook === null ? null : networkOf(payload.args, reader),
    hook,
    exit: kind === 'exit' ? readExit(payload, tools) : null,
    alert: null,
    target: null,
    health: null,
  };
}

/** Neither pod nor container means the host only where Tetragon knew the process at all. */
const knowsHost = (node: string, process: ProcessFacts): boolean =>
  node !== '' && process.binary !== '' && !process.flags.includes(UNKNOWN_FLAG);

/** Old samples time the exit itself; an exec happens when its process image starts. */
function fallbackTime(kind: TetragonKind, payload: RawPayload, tools: ReadTools): OwnTime | null {
  if (kind === 'exit') return readOwnTime(payload.time, tools.times);
  const process: RawProcess | null = kind === 'exec' ? asObject(payload.process) : null;
  return readOwnTime(process?.start_time, tools.times);
}

function readKprobe(payload: RawPayload, { fields: reader }: ReadTools): HookFacts {
  const action = reader.enumOrNull(payload.action);
  return {
    functionName: reader.text(payload.function_name),
    policyName: reader.textOrNull(payload.policy_name),
    action: action === NO_ACTION ? null : action,
    message: reader.textOrNull(payload.message),
    returnValue: readReturn(payload.return, reader),
    arguments: readArguments(payload.args, reader),
  };
}

function readExit(payload: RawPayload, { fields: reader }: ReadTools): ExitFacts {
  return {
    signal: reader.enumOrNull(payload.signal),
    status: reader.integer(payload.status) ?? 0,
  };
}
