/** How a pod was found, best first. */
export type IdentityMethod = 'container-id' | 'pod-uid' | 'name' | 'sensor' | 'none';

export type IdentityState =
  | 'resolved' // One pod.
  | 'host' // The sensor says it happened outside of any container.
  | 'ambiguous' // Several candidates; a guess would be worse than none.
  | 'unresolved'; // Nothing known.

/** Which pod and container an event happened in, as of the event. */
export interface PodContext {
  readonly state: IdentityState;
  readonly method: IdentityMethod;
  readonly confidence: 'exact' | 'strong' | 'weak' | 'none';
  readonly podUid: string | null;
  readonly namespace: string | null;
  readonly podName: string | null;
  readonly workload: string | null;
  readonly workloadKind: string | null;
  readonly serviceAccount: string | null;
  readonly containerId: string | null;
  readonly containerName: string | null;
  readonly containerKind: 'main' | 'init' | 'sidecar' | 'ephemeral' | null;
  readonly image: string | null;
  readonly labels: Readonly<Record<string, string>> | null;
}
