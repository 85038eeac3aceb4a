import { type JsonObject, asObject } from '../lib/json-object.ts';
import type { Micros } from '../model/micros.ts';
import { MICROS_PER_MS } from '../model/micros.ts';
import type { TrimmedContainer, TrimmedPod } from '../model/observation.ts';

type Trimmed = { readonly pod: TrimmedPod } | { readonly problem: string };
type ContainerKind = TrimmedContainer['kind'];

const objectsOf = (value: unknown): JsonObject[] =>
  Array.isArray(value) ? value.map(asObject).filter((item) => item !== null) : [];

const textOf = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value : null;

function timeOf(value: unknown): Micros | null {
  const milliseconds = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(milliseconds) ? null : milliseconds * MICROS_PER_MS;
}

/** Takes of a pod what tells it from others, and nothing in which a secret could hide. */
export function trimPod(object: JsonObject): Trimmed {
  const metadata = asObject(object['metadata']) ?? {};
  const spec = asObject(object['spec']) ?? {};
  const status = asObject(object['status']) ?? {};
  const name = textOf(metadata['name']);
  const namespace = textOf(metadata['namespace']);
  const uid = textOf(metadata['uid']);
  if (name === null) return { problem: 'a pod without metadata.name' };
  if (namespace === null) return { problem: `pod ${name} has no metadata.namespace` };
  if (uid === null) {
    return { problem: `pod ${namespace}/${name} has no metadata.uid; a manifest is not a dump` };
  }
  return {
    pod: {
      uid,
      namespace,
      name,
      node: textOf(spec['nodeName']),
      createdAt: timeOf(metadata['creationTimestamp']),
      deletedAt: timeOf(metadata['deletionTimestamp']),
      labels: trimLabels(metadata['labels']),
      ...trimOwner(metadata['ownerReferences']),
      serviceAccount: textOf(spec['serviceAccountName']),
      ips: trimIps(status),
      containers: trimContainers(spec, status),
    },
  };
}

function trimLabels(value: unknown): Record<string, string> {
  const labels = Object.create(null) as Record<string, string>;
  for (const [key, label] of Object.entries(asObject(value) ?? {})) {
    if (typeof label === 'string') labels[key] = label;
  }
  return labels;
}

function trimOwner(references: unknown): Pick<TrimmedPod, 'ownerKind' | 'ownerName'> {
  const owner = objectsOf(references).find((reference) => reference['controller'] === true);
  return { ownerKind: textOf(owner?.['kind']), ownerName: textOf(owner?.['name']) };
}

function trimIps(status: JsonObject): string[] {
  const ips = objectsOf(status['podIPs']).map(({ ip }) => textOf(ip));
  return [...new Set([...ips, textOf(status['podIP'])])].filter((ip) => ip !== null);
}

/** Which list of the spec goes with which list of the status. */
const CONTAINER_LISTS: readonly (readonly [ContainerKind, spec: string, status: string])[] = [
  ['main', 'containers', 'containerStatuses'],
  ['init', 'initContainers', 'initContainerStatuses'],
  ['ephemeral', 'ephemeralContainers', 'ephemeralContainerStatuses'],
];

function trimContainers(spec: JsonObject, status: JsonObject): TrimmedContainer[] {
  return CONTAINER_LISTS.flatMap(([kind, specList, statusList]) => {
    const specs = new Map(objectsOf(spec[specList]).map((one) => [textOf(one['name']), one]));
    const statuses = new Map(
      objectsOf(status[statusList]).map((one) => [textOf(one['name']), one]),
    );
    const names = new Set([...specs.keys(), ...statuses.keys()]);
    return [...names]
      .filter((name) => name !== null)
      .map((name) =>
        trimContainer({ kind, name }, specs.get(name) ?? {}, statuses.get(name) ?? {}),
      );
  });
}

function trimContainer(
  { kind, name }: { readonly kind: ContainerKind; readonly name: string },
  spec: JsonObject,
  status: JsonObject,
): TrimmedContainer {
  const state = asObject(status['state']) ?? {};
  const terminated = asObject(state['terminated']);
  const current = asObject(state['running']) ?? terminated ?? {};
  const lastState = asObject(status['lastState']) ?? {};
  const isSidecar = kind === 'init' && spec['restartPolicy'] === 'Always';
  return {
    name,
    kind: isSidecar ? 'sidecar' : kind,
    id: containerIdOf(status['containerID']),
    image: textOf(spec['image']) ?? textOf(status['image']),
    startedAt: timeOf(current['startedAt']),
    finishedAt: timeOf(terminated?.['finishedAt']),
    previousId: containerIdOf(asObject(lastState['terminated'])?.['containerID']),
  };
}

/** `containerd://<64 digits>` without the scheme, in lower case; null if it is no such id. */
function containerIdOf(value: unknown): string | null {
  const text = textOf(value)?.toLowerCase() ?? '';
  const id = text.slice(text.indexOf('://') === -1 ? 0 : text.indexOf('://') + 3);
  return /^[0-9a-f]{12,}$/.test(id) ? id : null;
}
