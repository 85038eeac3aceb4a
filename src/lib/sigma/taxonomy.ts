import type { Enrichment } from '../../model/batch.ts';
import type { FieldValue, SecurityEvent } from '../../model/security-event.ts';
import { containerPrefix } from '../entity-keys.ts';
import { HOOK_FIELDS } from './hook-fields.ts';
import { PROCESS_FIELDS } from './process-fields.ts';
import { TARGET_FIELDS } from './target-fields.ts';

/** Reads one field of an event and what is known about it; undefined = the field is absent. */
export type Accessor = (
  event: SecurityEvent,
  enrichment: Enrichment | null,
) => FieldValue | undefined;

const OUTPUT_FIELD = 'output_fields.';
const POD_LABEL = 'k8s.pod.labels.';

/**
 * The pod a group key is about: its UID, else `namespace/name`. A sensor that knows only names
 * must not make a correlation go blind; a UID never contains a slash, so the two can not collide.
 */
const podUid: Accessor = (event, enrichment) => {
  const pod = enrichment?.pod;
  if (pod === undefined) return event.pod?.uid ?? undefined;
  if (pod.podUid !== null) return pod.podUid;
  if (pod.namespace === null || pod.podName === null) return undefined;
  return `${pod.namespace}/${pod.podName}`;
};

/** Sensors cut container ids at different lengths, so rules see the digits common to all of them. */
const containerId: Accessor = (event, enrichment) => {
  const id = enrichment?.pod.containerId ?? event.container?.id;
  return id === undefined ? undefined : containerPrefix(id);
};

const destinationIp: Accessor = (event) => event.network?.destinationIp ?? undefined;

/** Where one side of a connection only waits: `inet_csk_accept`, `process_listen`. */
const WAITING_FUNCTION = /accept|listen/;

/** Whoever is hooked has opened the connection, unless what is hooked is waiting for one. */
const initiated: Accessor = (event) => {
  const { network, hook } = event;
  if (network === null) return undefined;
  if (hook !== null && WAITING_FUNCTION.test(hook.functionName)) return 'false';
  return network.destinationIp === null ? undefined : 'true';
};

/** Tags of Falco's rule, or of Tetragon's policy. */
const tags: Accessor = ({ alert, hook }) => {
  if (alert !== null) return alert.tags;
  return hook === null || hook.tags.length === 0 ? undefined : hook.tags;
};

const EVENT_FIELDS: readonly (readonly [string, Accessor])[] = [
  ['TargetFilename', (event) => event.file ?? undefined],
  ['DestinationIp', destinationIp],
  ['DestinationPort', (event) => event.network?.destinationPort ?? undefined],
  ['SourceIp', (event) => event.network?.sourceIp ?? undefined],
  ['SourcePort', (event) => event.network?.sourcePort ?? undefined],
  ['Initiated', initiated],
  ['rule', (event) => event.alert?.rule],
  ['priority', (event) => event.alert?.priority],
  ['source', (event) => event.alert?.source],
  ['tags', tags],
  ['output', (event) => event.alert?.output],
  ['node', (event) => event.node || undefined],
  ['cluster', (event) => event.cluster],
  ['sensor', (event) => event.sensor],
  ['kind', (event) => event.kind],
];

const POD_FIELDS: readonly (readonly [string, Accessor])[] = [
  ['container.id', containerId],
  [
    'container.name',
    (event, known) => known?.pod.containerName ?? event.container?.name ?? undefined,
  ],
  ['container.image', (event, known) => known?.pod.image ?? event.container?.image ?? undefined],
  ['container.kind', (_event, known) => known?.pod.containerKind ?? undefined],
  ['k8s.pod.uid', podUid],
  ['k8s.pod.name', (event, known) => known?.pod.podName ?? event.pod?.name],
  ['k8s.ns', (event, known) => known?.pod.namespace ?? event.pod?.namespace],
  ['k8s.workload.name', (_event, known) => known?.pod.workload ?? undefined],
  ['k8s.workload.kind', (_event, known) => known?.pod.workloadKind ?? undefined],
  ['k8s.pod.service_account', (_event, known) => known?.pod.serviceAccount ?? undefined],
];

const FIELDS: ReadonlyMap<string, Accessor> = new Map([
  ...PROCESS_FIELDS,
  ...EVENT_FIELDS,
  ...HOOK_FIELDS,
  ...POD_FIELDS,
  ...TARGET_FIELDS,
]);

/** Every field that has a name of its own; output fields and pod labels come beside them. */
export const FIELD_NAMES: readonly string[] = [...FIELDS.keys()];

/** How to read a field by the name rules use for it; null if no event has such a field. */
export function accessorFor(field: string): Accessor | null {
  const known = FIELDS.get(field);
  if (known !== undefined) return known;
  if (field.startsWith(OUTPUT_FIELD)) {
    const key = field.slice(OUTPUT_FIELD.length);
    return (event) => event.alert?.fields.get(key);
  }
  if (!field.startsWith(POD_LABEL)) return null;
  const label = field.slice(POD_LABEL.length);
  return (_event, enrichment) => {
    const labels = enrichment?.pod.labels ?? null;
    return labels !== null && Object.hasOwn(labels, label) ? labels[label] : undefined;
  };
}
