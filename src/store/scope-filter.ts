import type { Scope } from './ports.ts';

/** As a statement takes it: a JSON list of clusters, or null for all. */
export const scopeParameter = ({ clusters }: Scope): string | null =>
  clusters === null ? null : JSON.stringify(clusters);

/** Condition on a column `cluster`, with the parameter `@clusters`. */
export const IN_SCOPE =
  '(@clusters IS NULL OR cluster IN (SELECT value FROM json_each(@clusters)))';

/** May who asks see this cluster? What belongs to no cluster only those who see all. */
export const inScope = ({ clusters }: Scope, cluster: string): boolean =>
  clusters === null || clusters.includes(cluster);
