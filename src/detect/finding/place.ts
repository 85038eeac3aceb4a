import type { Enrichment } from '../../model/batch.ts';
import type { Entity, Where } from '../../model/finding.ts';
import type { PodContext } from '../../model/pod-context.ts';
import type { SecurityEvent, TargetFacts } from '../../model/security-event.ts';
import { containerKey, containerPrefix, nodeKey, podKey } from '../../lib/entity-keys.ts';
import { logEntityOf } from '../../lib/log-entity.ts';

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

/**
 * What a finding in this event is about: its pod, else its container, else its node. An entry of a
 * log is about the pod that was acted on, else about who acted in which namespace or account.
 */
export function entityOf(event: SecurityEvent, enrichment: Enrichment | null): Entity {
  const pod = enrichment?.pod ?? null;
  const name = pod === null ? null : podName(pod);
  if (pod !== null && name !== null) {
    return { kind: 'pod', key: podKey(event.cluster, pod.podUid, name), label: name };
  }
  return event.target === null ? smallestOf(event, pod) : logEntityOf(event, event.target);
}

function smallestOf({ cluster, node, container }: SecurityEvent, pod: PodContext | null): Entity {
  const containerId = pod?.containerId ?? container?.id ?? '';
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
  if (event.target !== null) return whereOfTarget(event, event.target, known);
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

/** A log is read on some node, which says nothing about what it tells of. */
const whereOfTarget = (
  { cluster }: SecurityEvent,
  target: TargetFacts,
  known: typeof UNKNOWN_POD,
): Where => ({
  cluster,
  node: null,
  namespace: known.namespace ?? target.namespace,
  pod: known.podName,
  podUid: known.podUid,
  workload: known.workload,
  container: null,
  containerId: null,
});
