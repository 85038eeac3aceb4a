import falcoAlert from '../../../schemas/falco-alert.json' with { type: 'json' };
import type { AlertFacts } from '../../model/security-event.ts';
import { reject } from '../decode-record.ts';
import { FLAG } from '../event-flags.ts';
import { falcoIdentity, falcoRecordIdentity } from '../event-id.ts';
import { asObject, type JsonObject } from '../json-value.ts';
import { type OwnTime, readOwnTime } from '../order-time.ts';
import { type Reading, type ReadResult, type ReadTools, SENSOR_MESSAGE } from '../reading.ts';
import { createShapeCheck } from '../shape-check.ts';
import { isHost, readContainer, readFile, readNetwork, readPod } from './falco-place.ts';
import { readParent, readProcess } from './falco-process.ts';
import { type RawFields, takeFields } from './field-shape.ts';
import { type OutputFields, readOutputFields } from './output-fields.ts';
import { readPriority } from './priority.ts';
import type { RawAlert } from './raw-alert.ts';

const checkShape = createShapeCheck(falcoAlert, [
  '',
  '/time',
  '/rule',
  '/source',
  '/hostname',
  '/output_fields',
]);

const INTERNAL_RULE = 'Falco internal:';
const INTERNAL_SOURCE = 'internal';
/** Absent in alerts before 0.32; falcosidekick writes the plural. */
const SYSCALL_SOURCES = new Set(['', 'syscall', 'syscalls']);
/** Field families of plugins, by which an alert without a source shows where it came from. */
const PLUGIN_FIELDS = /^(?:ka|jevt|ct|s3|gcp|okta|github)\./;
const SOURCE_CHARS_MAX = 64;

/** Reads an alert on system calls. Other sources' alerts are named and refused. */
export function readAlert(root: JsonObject, tools: ReadTools): ReadResult {
  const raw: RawAlert = root;
  const { rule, source } = raw;
  if (typeof rule === 'string' && rule.startsWith(INTERNAL_RULE)) return SENSOR_MESSAGE;
  if (source === INTERNAL_SOURCE) return SENSOR_MESSAGE;
  const fault = checkShape(root);
  if (fault?.essential === true) {
    return reject('invalid-shape', `A Falco alert has another shape. ${fault.detail}`);
  }
  const outputFields = asObject(raw.output_fields);
  const plugin = pluginOf(typeof source === 'string' ? source : '', outputFields);
  if (plugin !== null) {
    const detail = `Falco alerts of the source ${JSON.stringify(plugin)} are not read yet.`;
    return reject('unsupported-kind', detail);
  }
  if (fault !== null) tools.fields.flag(FLAG.wrongType);
  const time = readOwnTime(raw.time, tools.times);
  const rawFields = outputFields === null ? null : takeFields(outputFields);
  const reading = readSyscallAlert(raw, { time, rawFields }, tools);
  const identity =
    time === null
      ? falcoRecordIdentity(tools.cluster, root)
      : falcoIdentity(tools.cluster, reading, rawFields);
  return { kind: 'read', reading, identity };
}

function pluginOf(source: string, outputFields: JsonObject | null): string | null {
  if (!SYSCALL_SOURCES.has(source)) return source.slice(0, SOURCE_CHARS_MAX);
  if (source !== '' || outputFields === null) return null;
  const telling = Object.keys(outputFields).find((key) => PLUGIN_FIELDS.test(key));
  return telling === undefined ? null : telling.slice(0, telling.indexOf('.'));
}

interface TimeAndFields {
  readonly time: OwnTime | null;
  readonly rawFields: RawFields | null;
}

function readSyscallAlert(
  raw: RawAlert,
  { time, rawFields }: TimeAndFields,
  tools: ReadTools,
): Reading {
  const { fields: reader } = tools;
  const node = reader.text(raw.hostname);
  const fields = readOutputFields(rawFields, reader);
  return {
    kind: 'alert',
    time,
    node,
    container: readContainer(fields, reader),
    onHost: node !== '' && isHost(fields),
    pod: readPod(fields, reader),
    process: readProcess(fields, reader),
    parent: readParent(fields, reader),
    file: readFile(fields, reader),
    network: readNetwork(fields, reader),
    hook: null,
    exit: null,
    alert: readFacts(raw, fields, tools),
    target: null,
    health: null,
  };
}

function readFacts(raw: RawAlert, fields: OutputFields, { fields: reader }: ReadTools): AlertFacts {
  const tags: string[] = [];
  for (const tag of reader.list(raw.tags)) {
    const text = reader.text(tag);
    if (text !== '') tags.push(text);
  }
  return {
    rule: reader.text(raw.rule),
    priority: readPriority(raw.priority),
    source: 'syscall',
    tags,
    output: reader.text(raw.output),
    fields,
  };
}
