import { stableId } from '../lib/stable-id.ts';
import type { Arrival } from '../model/batch.ts';
import type { EventsOrigin, SensorName } from '../model/origin.ts';
import type { JournalRef, Part, RawRecord } from '../model/part.ts';
import type { SecurityEvent } from '../model/security-event.ts';
import { type Decoded, decodeRecord, reject } from './decode-record.ts';
import { FLAG, listFlags } from './event-flags.ts';
import { TimeReader } from './event-time.ts';
import { readAlert } from './falco/read-alert.ts';
import { FieldReader } from './field-reader.ts';
import type { JsonObject } from './json-value.ts';
import { Lanes } from './lanes.ts';
import { orderTimes } from './order-time.ts';
import type { ReadResult, ReadTools } from './reading.ts';
import { readTetragon, tetragonKind } from './tetragon/read-tetragon.ts';

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

/** Reads records of events. What it remembers only saves work; it changes no answer. */
export class EventReader {
  private readonly tools: ReadTools = {
    cluster: '',
    fields: new FieldReader(),
    times: new TimeReader(),
  };
  private readonly lanes = new Lanes();

  read(source: EventRecord): EventOutcome {
    const decoded = decodeRecord(source.record.bytes);
    if (decoded.kind === 'rejected') return { outcome: 'rejected', rejection: decoded.rejection };
    if (decoded.kind === 'text') return readText(source.origin);
    this.tools.cluster = source.origin.cluster;
    this.tools.fields.begin(decoded.plain);
    const kind = tetragonKind(decoded.root);
    const sensor = kind === null ? 'falco' : 'tetragon';
    const result =
      kind === null
        ? readFalco(decoded.root, this.tools)
        : readTetragon(decoded.root, kind, this.tools);
    if (result.kind === 'rejected') return { outcome: 'rejected', rejection: result.rejection };
    if (result.kind === 'skipped') return { outcome: 'skipped', reason: result.reason };
    return { outcome: 'read', event: this.finish(source, decoded, { sensor, ...result }) };
  }

  private finish(
    { record, part, origin, journal }: EventRecord,
    decoded: Extract<Decoded, { kind: 'object' }>,
    { sensor, reading, identity }: { sensor: SensorName } & Extract<ReadResult, { kind: 'read' }>,
  ): SecurityEvent {
    const times = orderTimes(reading.time, part.receivedAt, sensor);
    const utf8 = decoded.invalidUtf8 ? FLAG.invalidUtf8 : 0;
    return {
      id: stableId(identity),
      cluster: origin.cluster,
      sensor,
      kind: reading.kind,
      time: times.time,
      timeNanos: times.timeNanos,
      orderTime: times.orderTime,
      orderNanos: times.orderNanos,
      receivedAt: part.receivedAt,
      carrier: origin.carrier,
      lane: this.lanes.laneOf(origin, sensor, reading.node),
      position: record.position,
      latenessMs: origin.latenessMs,
      flags: listFlags(this.tools.fields.flags | times.flags | utf8),
      node: reading.node,
      container: reading.container,
      onHost: reading.onHost,
      pod: reading.pod,
      process: reading.process,
      parent: reading.parent,
      file: reading.file,
      network: reading.network,
      kprobe: reading.kprobe,
      exit: reading.exit,
      alert: reading.alert,
      bytes: record.bytes.byteLength,
      journal,
    };
  }
}

/** Files hold the sensor's own log lines too; over HTTP text is a sensor with JSON turned off. */
function readText({ carrier }: EventsOrigin): EventOutcome {
  if (carrier === 'file') return { outcome: 'skipped', reason: 'log-line' };
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
