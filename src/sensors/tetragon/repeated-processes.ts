import { type JsonObject, asObject } from '../../lib/json-object.ts';
import { Buffer, isAscii } from 'node:buffer';
import tetragonProcess from '../../../schemas/tetragon-process.json' with { type: 'json' };
import { LIMITS } from '../../config/limits.ts';
import type { ProcessFacts } from '../../model/security-event.ts';
import { asBuffer, isPlainText, nestsDeeper, parseJson } from '../decode-record.ts';
import { holdsRoundedInteger } from '../exact-json.ts';

import type { ReadTools } from '../reading.ts';
import { createShapeCheck } from '../shape-check.ts';
import { type Known, type MemoLimits, ProcessMemo, type Span } from './process-memo.ts';
import type { RawPayload, TetragonKind } from './raw-event.ts';
import { type ProcessReading, readWhole } from './tetragon-process.ts';

/*
 * Four fifths of a Tetragon event are its process and its parent, and those repeat byte for byte in
 * every event of that process. So a record of the form
 *
 *     {"process_exec":{"process":{"exec_id":"…"…},"parent":{"exec_id":"…"…} and the rest
 *
 * is cut into these two objects and the rest. An object whose very bytes were seen before is not
 * parsed again; what it says is remembered. The rest is parsed behind a head of our own, in which
 * `null` stands for the process and the parent is left out.
 *
 * Why that gives the same answer as parsing it all:
 * - Head with `null`, and rest, are valid JSON, and each object is valid JSON by itself. Putting the
 *   objects back into their places gives the record, so the record is valid JSON with those values,
 *   wherever the cuts came from: a wrong guess of an object's end fails one of the two parses.
 * - A later member of the same name would have overwritten one of the two, or the whole event. Then
 *   the parent is there after all, or the process is not `null`, since a rest with the word `null`
 *   anywhere in it, hidden or not, is not taken. (No other spelling of `null` exists.)
 * - Nothing is taken that a check of the whole record might judge: only objects that pass the schema
 *   by themselves, that hold no integer too large for a number, that are short and of plain ASCII
 *   without NUL, and no deeper than two levels less than a record may be.
 *
 * Everything else is null here and goes the long way.
 */

/** A record cut apart. */
export interface RepeatedRecord {
  readonly kind: TetragonKind;
  /** Name of the member that holds the event. */
  readonly member: string;
  readonly root: JsonObject;
  /** The event, its process empty and its parent left out. */
  readonly payload: RawPayload;
  readonly process: ProcessReading;
  /** An exit may have none. */
  readonly parent: ProcessFacts | null;
  /** Bits of `FLAG` that reading the two gave. */
  readonly flags: number;
  /** No text in the rest can hold a NUL or exceed the cap of a field. */
  readonly plain: boolean;
}

interface Frame {
  readonly kind: TetragonKind;
  readonly member: string;
  /** How such a record begins, up to the exec_id of its process. */
  readonly start: Buffer;
  /** What stands in front of the rest when that is parsed. */
  readonly head: string;
  /** What may follow either of the two objects, from its last byte. */
  readonly followers: readonly Buffer[];
}

const OBJECT_START = '{"exec_id":"';
/** Go's encoder puts a space behind every comma, or behind none. */
const PARENT_STARTS = [
  Buffer.from(`,"parent":${OBJECT_START}`),
  Buffer.from(`, "parent":${OBJECT_START}`),
] as const;
const QUOTE = 0x22;
const EXEC_ID_CHARS_MAX = 256;
const NO_PROCESS: JsonObject = Object.freeze({});
/** A process lies on the third level of its record. */
const PROCESS_DEPTH_MAX = LIMITS.recordDepthMax - 2;
const NULL = 'null';
/** The letters that tell the kinds apart: the first of the kind, else its second or third. */
const FIRST_LETTER_AT = '{"process_'.length;
const SECOND_LETTER_AT = FIRST_LETTER_AT + 1;
const THIRD_LETTER_AT = FIRST_LETTER_AT + 2;
const LETTER_E = 0x65;
const LETTER_K = 0x6b;
const LETTER_L = 0x6c;
const LETTER_O = 0x6f;
const LETTER_P = 0x70;
const LETTER_T = 0x74;
const LETTER_U = 0x75;

/** @param followers beside those of all kinds. */
const newFrame = (kind: TetragonKind, followers: readonly string[]): Frame => ({
  kind,
  member: `process_${kind}`,
  start: Buffer.from(`{"process_${kind}":{"process":${OBJECT_START}`),
  head: `{"process_${kind}":{"process":null`,
  followers: [
    `},"parent":${OBJECT_START}`,
    ...followers,
    '},"ancestors":',
    '}},"node_name":',
  ].flatMap((text) => [Buffer.from(text), Buffer.from(text.replace(',', ', '))]),
});

const FRAMES = {
  exec: newFrame('exec', []),
  exit: newFrame('exit', ['},"signal":', '},"status":', '},"time":']),
  kprobe: newFrame('kprobe', ['},"function_name":']),
  tracepoint: newFrame('tracepoint', ['},"subsys":']),
  uprobe: newFrame('uprobe', ['},"path":', '},"symbol":']),
  usdt: newFrame('usdt', ['},"path":', '},"provider":']),
  lsm: newFrame('lsm', ['},"function_name":']),
  loader: newFrame('loader', ['},"path":', '},"buildid":']),
} as const;

const checkProcess = createShapeCheck(tetragonProcess, []);

/** Cuts records at the processes they repeat. What it remembers only saves work. */
export class RepeatedProcesses {
  /** Apart, because some programs count references: one process reads differently in both places. */
  private readonly processes: ProcessMemo;
  private readonly parents: ProcessMemo;

  constructor(limits?: MemoLimits) {
    this.processes = new ProcessMemo(limits);
    this.parents = new ProcessMemo(limits);
  }

  /** Null if the record has another form. The flags in `tools.fields` are void afterwards. */
  cut(bytes: Uint8Array, tools: ReadTools): RepeatedRecord | null {
    if (bytes.byteLength > LIMITS.recordBytesMax) return null;
    const buffer = asBuffer(bytes);
    const frame = frameOf(buffer);
    if (!standsAt(frame.start, buffer, 0)) return null;
    const processAt = frame.start.length - OBJECT_START.length;
    const process = readObject(this.processes, { frame, buffer, at: processAt }, tools);
    if (process === null) return null;
    const processEnd = processAt + process.length;
    const parentStart = standsAt(PARENT_STARTS[1], buffer, processEnd)
      ? PARENT_STARTS[1]
      : PARENT_STARTS[0];
    if (!standsAt(parentStart, buffer, processEnd)) {
      return readRest({ frame, process, parent: null }, buffer.subarray(processEnd));
    }
    const parentAt = processEnd + parentStart.length - OBJECT_START.length;
    const parent = readObject(this.parents, { frame, buffer, at: parentAt }, tools);
    if (parent === null) return null;
    return readRest({ frame, process, parent }, buffer.subarray(parentAt + parent.length));
  }
}

interface Place {
  readonly frame: Frame;
  readonly buffer: Buffer;
  /** Where the object begins. */
  readonly at: number;
}

/** An object: remembered, or read alone and remembered from now on. */
function readObject(memo: ProcessMemo, place: Place, tools: ReadTools): Known | null {
  const { buffer, at: start } = place;
  const hash = hashExecId(buffer, start + OBJECT_START.length);
  const known = memo.find(hash, buffer, start);
  if (known !== null) return known;
  const end = endOf(place);
  if (end === -1) return null;
  const span = { buffer, start, end, hash };
  tools.fields.begin(true);
  const reading = readAlone(span, tools);
  return reading === null ? null : memo.add(span, reading, tools.fields.flags);
}

/** A hash of the text up to the quote; equal hashes only cost time. */
function hashExecId(buffer: Buffer, start: number): number {
  let hash = 0;
  const end = Math.min(buffer.length, start + EXEC_ID_CHARS_MAX);
  for (let at = start; at < end && buffer[at] !== QUOTE; at += 1) {
    hash = (Math.imul(hash, 31) + (buffer[at] ?? 0)) | 0;
  }
  return hash ^ (hash >>> 15);
}

/** Where an object probably ends: a process before its parent, the last of them before the rest. */
function endOf({ frame, buffer, at }: Place): number {
  for (const follower of frame.followers) {
    const found = buffer.indexOf(follower, at);
    if (found !== -1) return found + 1;
  }
  return -1;
}

function standsAt(expected: Buffer, buffer: Buffer, start: number): boolean {
  for (let at = 0; at < expected.length; at += 1) {
    if (buffer[start + at] !== expected[at]) return false;
  }
  return true;
}

function readAlone({ buffer, start, end }: Span, tools: ReadTools): ProcessReading | null {
  if (!isAscii(buffer.subarray(start, end))) return null;
  const text = buffer.toString('latin1', start, end);
  if (!isPlainText(text) || nestsDeeper(text, PROCESS_DEPTH_MAX)) return null;
  const raw = asObject(parseJson(text));
  if (raw === null || holdsRoundedInteger(raw) || checkProcess(raw) !== null) return null;
  return readWhole(raw, tools);
}

interface Parts {
  readonly frame: Frame;
  readonly process: Known;
  readonly parent: Known | null;
}

function readRest({ frame, process, parent }: Parts, bytes: Buffer): RepeatedRecord | null {
  if (!isAscii(bytes)) return null;
  const rest = bytes.toString('latin1');
  const text = frame.head + rest;
  if (rest.includes(NULL) || nestsDeeper(text, LIMITS.recordDepthMax)) return null;
  const root = asObject(parseJson(text));
  const payload: { process?: unknown; parent?: unknown } | null = asObject(root?.[frame.member]);
  if (root === null || payload?.process !== null || payload.parent !== undefined) return null;
  if (holdsRoundedInteger(payload)) return null;
  payload.process = NO_PROCESS;
  return {
    kind: frame.kind,
    member: frame.member,
    root,
    payload,
    process: process.reading,
    parent: parent === null ? null : parent.reading.facts,
    flags: process.flags | (parent === null ? 0 : parent.flags),
    plain: isPlainText(rest),
  };
}

/** The frame a record may have, by two of its letters; its start is compared later. */
function frameOf(buffer: Buffer): Frame {
  const first: number = buffer[FIRST_LETTER_AT] ?? 0;
  switch (first) {
    case LETTER_K:
      return FRAMES.kprobe;
    case LETTER_T:
      return FRAMES.tracepoint;
    case LETTER_L:
      return buffer[SECOND_LETTER_AT] === LETTER_O ? FRAMES.loader : FRAMES.lsm;
    case LETTER_U:
      return buffer[SECOND_LETTER_AT] === LETTER_P ? FRAMES.uprobe : FRAMES.usdt;
    default:
      return buffer[THIRD_LETTER_AT] === LETTER_E ? FRAMES.exec : FRAMES.exit;
  }
}
