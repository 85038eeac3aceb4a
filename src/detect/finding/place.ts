import type { Enrichment } from '../../model/batch.ts';
import type { Entity, Where } from '../../model/finding.ts';
import type { PodContext } from '../../model/pod-context.ts';
import type { SecurityEvent } from '../../model/security-event.ts';
import { containerKey, containerPrefix, nodeKey, podKey } from '../../lib/entity-keys.ts';

const NODE_UNKNOWN = 'unknown node';
const UNKNOWN_POD: Pick<
  PodContext,
  'namespace' | 'podName' | 'podUid' | 'workload' | 'containerName' | 'containerId'
> = {
  namespace: null,
  podName: null,
  podUid: null,
  workload: null,
  containerName: null,
  containerId: null,
};

/** What a finding in this event is about: its pod, else its container, else its node. */
export function entityOf(event: SecurityEvent, enrichment: Enrichment | null): Entity {
  const { cluster, node } = event;
  const pod = enrichment?.pod ?? null;
  const name = pod === null ? null : podName(pod);
  if (pod !== null && name !== null) {
    return { kind: 'pod', key: podKey(cluster, pod.podUid, name), label: name };
  }
  const containerId = pod?.containerId ?? event.container?.id ?? '';
  if (containerId !== '') {
    const label = containerPrefix(containerId);
    return { kind: 'container', key: containerKey(cluster, containerId), label };
  }
  return { kind: 'node', key: nodeKey(cluster, node), label: node === '' ? NODE_UNKNOWN : node };
}

/** A pod is named only when there is one candidate; a guess would blame the wrong one. */
function podName({ state, namespace, podName: name }: PodContext): string | null {
  return state === 'resolved' && namespace !== null && name !== null
    ? `${namespace}/${name}`
    : null;
}

/** Where the event happened, as far as known. */
export function whereOf(event: SecurityEvent, enrichment: Enrichment | null): Where {
  const known = enrichment?.pod ?? UNKNOWN_POD;
  return {
    cluster: event.cluster,
    node: event.node === '' ? null : event.node,
    namespace: known.namespace,
    pod: known.podName,
    podUid: known.podUid,
    workload: known.workload,
    container: known.containerName ?? event.container?.name ?? null,
    containerId: known.containerId ?? event.container?.id ?? null,
  };
}
