import { stableIdOf } from '../lib/stable-id.ts';
import type { Arrival } from '../model/batch.ts';
import type { EventsOrigin, SensorName } from '../model/origin.ts';
import type { JournalRef, Part, RawRecord } from '../model/part.ts';
import type { Rejection } from '../model/rejection.ts';
import type { SecurityEvent } from '../model/security-event.ts';
import { decodeRecord, reject } from './decode-record.ts';
import { FLAG, listFlags } from './event-flags.ts';
import { TimeReader } from './event-time.ts';
import { readAlert } from './falco/read-alert.ts';
import { FieldReader } from './field-reader.ts';
import type { JsonObject } from './json-value.ts';
import { Lanes } from './lanes.ts';
import { orderTimes } from './order-time.ts';
import type { ReadResult, ReadTools } from './reading.ts';
import { readRepeated, readTetragon, tetragonKind } from './tetragon/read-tetragon.ts';
import { RepeatedProcesses } from './tetragon/repeated-processes.ts';

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
    this.tools.cluster = source.origin.cluster;
    return this.readRepeated(source) ?? this.readWhole(source);
  }

  private readRepeated(source: EventRecord): EventOutcome | null {
    const record = this.repeated?.cut(source.record.bytes, this.tools) ?? null;
    const result = record === null ? null : readRepeated(record, this.tools);
    if (result?.kind !== 'read') return null;
    return this.finish({ source, sensor: 'tetragon', result, flags: 0 });
  }

  private readWhole(source: EventRecord): EventOutcome {
    const decoded = decodeRecord(source.record.bytes);
    if (decoded.kind === 'rejected') return { outcome: 'rejected', rejection: decoded.rejection };
    if (decoded.kind === 'text') return readText(source.origin, decoded.rejection);
    this.tools.fields.begin(decoded.plain);
    const kind = tetragonKind(decoded.root);
    const sensor = kind === null ? 'falco' : 'tetragon';
    const result =
      kind === null
        ? readFalco(decoded.root, this.tools)
        : readTetragon(decoded.root, kind, this.tools);
    if (result.kind === 'rejected') return { outcome: 'rejected', rejection: result.rejection };
    if (result.kind === 'skipped') return { outcome: 'skipped', reason: result.reason };
    const flags = decoded.invalidUtf8 ? FLAG.invalidUtf8 : 0;
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

/** Files hold the sensor's own log lines too; over HTTP text is a sensor with JSON turned off. */
function readText({ carrier }: EventsOrigin, refusal: Rejection | null): EventOutcome {
  if (carrier === 'file') return { outcome: 'skipped', reason: 'log-line' };
  if (refusal !== null) return { outcome: 'rejected', rejection: refusal };
  const detail =
    'The record is text, no JSON; with Falco set json_output: true, with others send JSON events.';
  const { rejection } = reject('not-json', detail);
  return { outcome: 'rejected', rejection };
}

const FALCO_MEMBERS = ['rule', 'output', 'output_fields', 'priority'] as const;
const FALCO_MEMBERS_MIN = 2;

/** An alert is told by its rule; one that lost it is still Falco's, and said to be incomplete. */
function readFalco(root: JsonObject, tools: ReadTools): ReadResult {
  const found = FALCO_MEMBERS.filter((name) => root[name] !== undefined).length;
  if (found >= FALCO_MEMBERS_MIN || typeof root['rule'] === 'string') return readAlert(root, tools);
  const detail =
    'The record is neither a Falco alert nor a Tetragon event; a carrier may have wrapped it.';
  return reject('unknown-sensor', detail);
}
