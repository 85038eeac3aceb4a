import type { Enrichment } from '../../model/batch.ts';
import type { Entity, Where } from '../../model/finding.ts';
import type { PodContext } from '../../model/pod-context.ts';
import type { SecurityEvent } from '../../model/security-event.ts';
import { containerKey, containerPrefix, nodeKey, podKey } from '../../lib/entity-keys.ts';

const NODE_UNKNOWN = 'unknown node';
const NOWHERE = { namespace: null, pod: null, podUid: null, workload: null };

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
  const { cluster, container } = event;
  const node = event.node === '' ? null : event.node;
  const pod = enrichment?.pod ?? null;
  if (pod === null) {
    const { name = null, id = null } = container ?? {};
    return { ...NOWHERE, cluster, node, container: name, containerId: id };
  }
  return {
    cluster,
    node,
    namespace: pod.namespace,
    pod: pod.podName,
    podUid: pod.podUid,
    workload: pod.workload,
    container: pod.containerName ?? container?.name ?? null,
    containerId: pod.containerId ?? container?.id ?? null,
  };
}
