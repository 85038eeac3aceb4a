import type { FleetPod } from './fleet.ts';
import { timeText } from './time-text.ts';

const wholeSecond = (micros: number): string => `${timeText(micros, 0).slice(0, 19)}Z`;

function podItem(pod: FleetPod): unknown {
  const image = `${pod.profile.image}:${pod.profile.tag}`;
  const started = wholeSecond(pod.startMicros);
  const hostPath = pod.isPrivileged ? [{ name: 'host', hostPath: { path: '/' } }] : [];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: pod.name,
      namespace: pod.namespace,
      uid: pod.uid,
      creationTimestamp: started,
      labels: {
        'app.kubernetes.io/name': pod.profile.name,
        'app.kubernetes.io/part-of': pod.namespace,
        'pod-template-hash': pod.templateHash,
      },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: `${pod.workload}-${pod.templateHash}`,
          uid: pod.uid.replace(/^.{4}/, '0000'),
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      nodeName: pod.node,
      serviceAccountName: pod.workload,
      hostPID: pod.isPrivileged,
      containers: [
        { name: pod.profile.name, image, securityContext: { privileged: pod.isPrivileged } },
      ],
      volumes: hostPath,
    },
    status: {
      phase: 'Running',
      podIP: pod.ip,
      podIPs: [{ ip: pod.ip }],
      startTime: started,
      containerStatuses: [
        {
          name: pod.profile.name,
          image,
          imageID: `${pod.profile.image}@sha256:${pod.imageDigest}`,
          containerID: `containerd://${pod.containerId}`,
          ready: true,
          started: true,
          restartCount: 0,
          state: { running: { startedAt: started } },
          lastState: {},
        },
      ],
    },
  };
}

/** What `kubectl get pods -A -o json` would say of the fleet. */
export function podDump(fleet: readonly FleetPod[]): unknown {
  return {
    apiVersion: 'v1',
    kind: 'List',
    metadata: { resourceVersion: '' },
    items: fleet.map(podItem),
  };
}
