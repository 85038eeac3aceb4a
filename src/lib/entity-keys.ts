/** Keys by which pods, containers and nodes are told apart, always with the cluster in front. */

/** A pod by its UID, else by namespace and name. */
export const podKey = (cluster: string, uid: string | null, namespacedName: string): string =>
  uid === null ? `pod:${cluster}/${namespacedName}` : `pod:${cluster}/uid/${uid}`;

/** Container ids come in four lengths (12, 24, 31, 64 digits); the first 12 are common to all. */
export const CONTAINER_PREFIX_DIGITS = 12;

export const containerPrefix = (containerId: string): string =>
  containerId.slice(0, CONTAINER_PREFIX_DIGITS);

export const containerKey = (cluster: string, containerId: string): string =>
  `container:${cluster}/${containerPrefix(containerId)}`;

export const nodeKey = (cluster: string, node: string): string => `node:${cluster}/${node}`;
