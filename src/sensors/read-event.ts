import { LIMITS } from '../config/limits.ts';
import { type LinePrefix, readLinePrefix } from '../lib/carrier/line-prefix.ts';
import { stableIdOf } from '../lib/stable-id.ts';
import type { Arrival } from '../model/batch.ts';
import type { EventsOrigin, SensorName } from '../model/origin.ts';
import type { JournalRef, Part, RawRecord } from '../model/part.ts';
import type { SecurityEvent } from '../model/security-event.ts';
import { reject } from './decode-record.ts';
import { FLAG, listFlags } from './event-flags.ts';
import { TimeReader } from './event-time.ts';
import { readAlert } from './falco/read-alert.ts';
import { FieldReader } from './field-reader.ts';
import { Lanes } from './lanes.ts';
import { orderTimes } from './order-time.ts';
import type { ReadResult, ReadTools } from './reading.ts';
import { readRepeated, readTetragon } from './tetragon/read-tetragon.ts';
import { RepeatedProcesses } from './tetragon/repeated-processes.ts';
import { isAgentLog, isTextAlert } from './unwrap/agent-log.ts';
import { withCarrierNode, withCarrierTime } from './unwrap/carrier-word.ts';
import { type Opened, openRecord } from './unwrap/open-record.ts';
import { withExactIntegers } from './unwrap/reopen-exactly.ts';

const OPEN_OBJECT = 0x7b;
const NOT_JSON = reject(
  'not-json',
  'The record is text, no JSON; with Falco set json_output: true, with others send JSON events.',
);

type Line = Extract<Opened, { kind: 'line' }>;

/** A record of events, its part, and its place in the journal. */
export interface EventRecord {
  readonly record: RawRecord;
  readonly part: Part;
  readonly origin: EventsOrigin;
  readonly journal: JournalRef;
}

type EventOutcome =
  | { readonly outcome: 'read'; readonly event: SecurityEvent }
  | Extract<Arrival, { outcome: 'rejected' | 'skipped' }>;

type ReadReading = Extract<ReadResult, { kind: 'read' }>;

/** A reading and the record it is of. */
interface Found {
  readonly source: EventRecord;
  readonly sensor: SensorName;
  readonly result: ReadReading;
  /** Bits of `FLAG` beside those of the fields. */
  readonly flags: number;
}

export interface EventReaderOptions {
  /** Is what repeats read only once? Off, to prove that it changes no answer. */
  readonly reuse: boolean;
}

/** Reads records of events. What it remembers only saves work; it changes no answer. */
export class EventReader {
  private readonly tools: ReadTools = {
    cluster: '',
    fields: new FieldReader(),
    times: new TimeReader(),
  };
  private readonly lanes = { falco: new Lanes('falco'), tetragon: new Lanes('tetragon') } as const;
  private readonly repeated: RepeatedProcesses | null;

  constructor({ reuse }: EventReaderOptions = { reuse: true }) {
    this.repeated = reuse ? new RepeatedProcesses() : null;
  }

  read(source: EventRecord): EventOutcome {
    const { bytes } = source.record;
    this.tools.cluster = source.origin.cluster;
    if (bytes[0] === OPEN_OBJECT) {
      return this.readRepeated(source, bytes) ?? this.readOpened(source, openRecord(bytes));
    }
    // What is too long was cut, whatever stands in front of it.
    const isWhole = bytes.byteLength <= LIMITS.recordBytesMax;
    const prefix = isWhole ? readLinePrefix(bytes) : null;
    if (prefix === null) return this.readOpened(source, openRecord(bytes));
    const content = bytes.subarray(prefix.contentAt);
    return (
      this.readRepeated(source, content) ??
      this.readOpened(source, withPrefix(openRecord(content), prefix))
    );
  }

  private readRepeated(source: EventRecord, bytes: Uint8Array): EventOutcome | null {
    const record = this.repeated?.cut(bytes, this.tools) ?? null;
    // What a carrier merged into the event may have to be asked for the node.
    if (record === null || record.root['kubernetes'] !== undefined) return null;
    const result = readRepeated(record, this.tools);
    if (result?.kind !== 'read') return null;
    return this.finish({ source, sensor: 'tetragon', result, flags: 0 });
  }

  private readOpened(source: EventRecord, opened: Opened): EventOutcome {
    if (opened.kind === 'rejected') return { outcome: 'rejected', rejection: opened.rejection };
    if (opened.kind === 'line') return readLine(source.origin, opened);
    // Only Tetragon's 64-bit integers are told by type; Falco's are looked up one by one.
    const exact = opened.member === null ? opened : withExactIntegers(opened);
    const { event, flags: filled } = withCarrierNode(exact);
    const { root, member, bytes } = event;
    this.tools.fields.begin(event.plain);
    const sensor = member === null ? 'falco' : 'tetragon';
    const read =
      member === null ? readAlert(root, this.tools, bytes) : readTetragon(root, member, this.tools);
    if (read.kind === 'rejected') return { outcome: 'rejected', rejection: read.rejection };
    const { result, flags: timed } = withCarrierTime(read, event.facts, this.tools.times);
    const flags = filled | timed | (event.invalidUtf8 ? FLAG.invalidUtf8 : 0);
    return this.finish({ source, sensor, result, flags });
  }

  private finish({ source, sensor, result, flags }: Found): EventOutcome {
    const { record, part, origin, journal } = source;
    const { reading } = result;
    const times = orderTimes(reading.time, part.receivedAt, sensor);
    const lane = this.lanes[sensor].laneOf(origin, reading.node);
    const event: SecurityEvent = {
      id: stableIdOf(result.identity),
      cluster: origin.cluster,
      sensor,
      kind: reading.kind,
      time: times.time,
      timeNanos: times.timeNanos,
      orderTime: times.orderTime,
      orderNanos: times.orderNanos,
      receivedAt: part.receivedAt,
      carrier: origin.carrier,
      lane: lane.name,
      position: record.position,
      latenessMs: origin.latenessMs,
      flags: listFlags(this.tools.fields.flags | times.flags | flags),
      node: lane.node,
      container: reading.container,
      onHost: reading.onHost,
      pod: reading.pod,
      process: reading.process,
      parent: reading.parent,
      ancestors: reading.ancestors,
      file: reading.file,
      network: reading.network,
      hook: reading.hook,
      exit: reading.exit,
      alert: reading.alert,
      target: reading.target,
      health: reading.health,
      bytes: record.bytes.byteLength,
      journal,
    };
    return { outcome: 'read', event };
  }
}

/** A line is carried like what stands behind its prefix, and its time is the carrier's. */
function withPrefix(opened: Opened, { time }: LinePrefix): Opened {
  if (opened.kind === 'line') return { ...opened, isCarried: true };
  if (opened.kind !== 'event' || time === null || opened.facts.time !== null) return opened;
  return { ...opened, facts: { ...opened.facts, time } };
}

/**
 * Files and logs hold the sensor's own lines too; over HTTP other text is a sensor with JSON turned
 * off, whose alerts nobody can read.
 */
function readLine({ carrier }: EventsOrigin, { text, isCarried, refusal }: Line): EventOutcome {
  const isLog = (isCarried || isAgentLog(text)) && !isTextAlert(text);
  if (isLog || carrier === 'file') return { outcome: 'skipped', reason: 'log-line' };
  return { outcome: 'rejected', rejection: refusal ?? NOT_JSON.rejection };
}
