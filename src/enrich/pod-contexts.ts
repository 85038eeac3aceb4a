import type { IdentityMethod, PodContext } from '../model/pod-context.ts';
import type { ContainerRef } from '../model/security-event.ts';
import type { KnownContainer, KnownPod } from './known-pod.ts';

/** Nothing is known of the pod. */
export const UNRESOLVED: PodContext = {
  state: 'unresolved',
  method: 'none',
  confidence: 'none',
  podUid: null,
  namespace: null,
  podName: null,
  workload: null,
  workloadKind: null,
  serviceAccount: null,
  containerId: null,
  containerName: null,
  containerKind: null,
  image: null,
  labels: null,
};

/** The sensor says that it happened outside of any container. */
export const ON_HOST: PodContext = { ...UNRESOLVED, state: 'host', method: 'sensor' };

/** Several pods fit and nothing tells them apart. */
export const ambiguousContext = (container: ContainerRef | null): PodContext => ({
  ...UNRESOLVED,
  state: 'ambiguous',
  containerId: container?.id ?? null,
  containerName: container?.name ?? null,
  image: container?.image ?? null,
});

/** How a pod of the catalogue was found. */
export interface Found {
  readonly pod: KnownPod;
  readonly container: KnownContainer | null;
  readonly method: IdentityMethod;
  readonly confidence: PodContext['confidence'];
}

/** A pod of the catalogue; what it does not know of the container is what the sensor says. */
export function catalogueContext(found: Found, said: ContainerRef | null): PodContext {
  const { pod } = found.pod;
  const workload = workloadOf(found.pod);
  return {
    state: 'resolved',
    method: found.method,
    confidence: found.confidence,
    podUid: pod.uid,
    namespace: pod.namespace,
    podName: pod.name,
    workload: workload.name,
    workloadKind: workload.kind,
    serviceAccount: pod.serviceAccount,
    ...containerPart(found.container, said),
    labels: pod.labels,
  };
}

type ContainerPart = Pick<PodContext, 'containerId' | 'containerName' | 'containerKind' | 'image'>;

function containerPart(known: KnownContainer | null, said: ContainerRef | null): ContainerPart {
  const image = known?.image ?? said?.image ?? null;
  if (known !== null) {
    return { containerId: known.id, containerName: known.name, containerKind: known.kind, image };
  }
  const containerName = said?.name ?? null;
  return { containerId: said?.id ?? null, containerName, containerKind: null, image };
}

interface Workload {
  readonly kind: string;
  readonly name: string;
}

const CRON_RUN_DIGITS_MIN = 8;

/**
 * What a human calls the owner of a pod: a Deployment rather than its ReplicaSet, a CronJob rather
 * than its Job, and the pod itself if nobody owns it. The same words Tetragon uses.
 */
function workloadOf({ pod }: KnownPod): Workload {
  const { ownerKind: kind, ownerName: name } = pod;
  if (kind === null || name === null || kind === 'Node') return { kind: 'Pod', name: pod.name };
  const dash = name.lastIndexOf('-');
  const [stem, suffix] = [name.slice(0, dash), name.slice(dash + 1)];
  if (dash < 1) return { kind, name };
  if (kind === 'ReplicaSet' && suffix === pod.labels['pod-template-hash']) {
    return { kind: 'Deployment', name: stem };
  }
  const isRun = suffix.length >= CRON_RUN_DIGITS_MIN && /^\d{8,10}$/.test(suffix);
  return kind === 'Job' && isRun ? { kind: 'CronJob', name: stem } : { kind, name };
}
