import { type JsonObject, asObject } from '../../lib/json-object.ts';
import falcoAlert from '../../../schemas/falco-alert.json' with { type: 'json' };
import falcoHealth from '../../../schemas/falco-health.json' with { type: 'json' };
import { INTERNAL_SOURCE, isAboutItself } from '../../lib/falco/about-itself.ts';
import { alertSource, isLogEntry } from '../../lib/falco/log-family.ts';
import type { AlertFacts } from '../../model/security-event.ts';
import { reject } from '../decode-record.ts';
import { FLAG } from '../event-flags.ts';
import { falcoIdentity, falcoRecordIdentity } from '../event-id.ts';

import type { OwnTime } from '../order-time.ts';
import { NO_ANCESTORS, type Reading, type ReadResult, type ReadTools } from '../reading.ts';
import { createShapeCheck } from '../shape-check.ts';
import { readAlertTime } from './alert-time.ts';
import { ExactIntegers } from './exact-integers.ts';
import { readHealth } from './falco-health.ts';
import { readNode } from './falco-node.ts';
import { isHost, readContainer, readFile, readNetwork, readPod } from './falco-place.ts';
import { readParent, readProcess } from './falco-process.ts';
import { type FieldShape, takeFields } from './field-shape.ts';
import { CUT_MARK, type OutputFields, readOutputFields } from './output-fields.ts';
import { readPriority } from './priority.ts';
import type { RawAlert } from './raw-alert.ts';
import { podOfTarget, readTarget } from './target/read-target.ts';

const ESSENTIAL = ['', '/time', '/rule'];
const checkAlert = createShapeCheck(falcoAlert, ESSENTIAL);
/** A loss must not go unnoticed because its message is odd. */
const checkHealth = createShapeCheck(falcoHealth, ['']);

/** An alert taken apart. */
interface Taken {
  readonly raw: RawAlert;
  readonly time: OwnTime | null;
  readonly shape: FieldShape | null;
  readonly fields: OutputFields;
}

/** Reads an alert of any source, or a message of Falco about itself. `bytes` are of its record. */
export function readAlert(root: JsonObject, tools: ReadTools, bytes: Uint8Array): ReadResult {
  const raw: RawAlert = root;
  const isHealth = isAboutItself(raw.rule, raw.source);
  const fault = isHealth ? checkHealth(root) : checkAlert(root);
  if (fault?.essential === true) {
    return reject('invalid-shape', `A Falco alert has another shape. ${fault.detail}`);
  }
  if (fault !== null) tools.fields.flag(FLAG.wrongType);
  const outputFields = asObject(raw.output_fields);
  const rawFields = outputFields === null ? null : takeFields(outputFields);
  const exact = new ExactIntegers(bytes);
  const time = readAlertTime(raw.time, rawFields, { times: tools.times, exact });
  const shape = rawFields === null ? null : rawFields.shape;
  const taken = { raw, time, shape, fields: readOutputFields(rawFields, tools.fields) };
  const reading = isHealth ? readMessage(taken, tools) : readFinding(taken, tools);
  const isWhole = time !== null && (fault === null || !isIdentityHurt(raw));
  const identity = isWhole
    ? falcoIdentity(tools.cluster, reading, {
        source: reading.alert === null ? INTERNAL_SOURCE : reading.alert.source,
        rule: tools.fields.text(raw.rule),
        fields: rawFields,
        exact,
      })
    : falcoRecordIdentity(tools.cluster, root);
  return { kind: 'read', reading, identity };
}

/** Was something of a wrong type that tells events apart? Then all of the record has to do it. */
const isIdentityHurt = ({ source, hostname, output_fields: fields }: RawAlert): boolean =>
  !isTextOrNothing(source) ||
  !isTextOrNothing(hostname) ||
  !((fields ?? null) === null || asObject(fields) !== null);

const isTextOrNothing = (value: unknown): boolean =>
  value === undefined || value === null || typeof value === 'string';

function readFinding(taken: Taken, tools: ReadTools): Reading {
  const { raw, shape, fields } = taken;
  const source = alertSource(tools.fields.text(raw.source), shape);
  if (fields.size === 0 && asObject(raw.output_fields) === null) tools.fields.flag(FLAG.noFields);
  const alert = readFacts(raw, { source, fields }, tools);
  return isLogEntry(source, shape)
    ? readLogAlert(taken, alert, tools)
    : readWorkloadAlert(taken, alert, tools);
}

/** An alert on what a process did: system calls, or an unknown source that names a workload. */
function readWorkloadAlert(
  { raw, time, shape, fields }: Taken,
  alert: AlertFacts,
  { fields: reader }: ReadTools,
): Reading {
  const node = readNode(raw.hostname, fields, reader);
  return {
    kind: 'alert',
    time,
    node,
    container: readContainer(fields, reader),
    onHost: node !== '' && isHost(fields),
    pod: readPod(fields, reader),
    process: readProcess(fields, reader),
    parent: readParent(fields, shape?.namesAncestors ?? false, reader),
    ancestors: NO_ANCESTORS,
    file: readFile(fields, reader),
    network: readNetwork(fields, reader),
    hook: null,
    exit: null,
    alert,
    target: null,
    health: null,
  };
}

/** An alert on an entry of a log: its node is where the log was read, not where it happened. */
function readLogAlert(
  { raw, time, shape, fields }: Taken,
  alert: AlertFacts,
  { fields: reader }: ReadTools,
): Reading {
  const target = readTarget(shape, fields, reader);
  const node = readNode(raw.hostname, fields, reader);
  return { ...nowhere(time, node), kind: 'alert', pod: podOfTarget(target), alert, target };
}

function readMessage({ raw, time, fields }: Taken, { fields: reader }: ReadTools): Reading {
  const node = readNode(raw.hostname, fields, reader);
  return { ...nowhere(time, node), kind: 'health', health: readHealth(raw, fields, reader) };
}

const nowhere = (time: OwnTime | null, node: string): Omit<Reading, 'kind'> => ({
  time,
  node,
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
});

function readFacts(
  raw: RawAlert,
  { source, fields }: Pick<AlertFacts, 'source' | 'fields'>,
  { fields: reader }: ReadTools,
): AlertFacts {
  const tags: string[] = [];
  for (const tag of reader.list(raw.tags)) {
    const text = reader.text(tag);
    if (text !== '') tags.push(text);
  }
  const output = reader.text(raw.output);
  if (output.endsWith(CUT_MARK)) reader.flag(FLAG.truncated);
  return {
    rule: reader.text(raw.rule),
    priority: readPriority(raw.priority),
    source,
    tags,
    output,
    fields,
  };
}
