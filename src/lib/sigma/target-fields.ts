import type { Accessor } from './taxonomy.ts';

/** Fields about whom an entry of a log is about, and who did it. */
export const TARGET_FIELDS: readonly (readonly [string, Accessor])[] = [
  ['target.kind', (event) => event.target?.kind],
  ['target.namespace', (event) => event.target?.namespace ?? undefined],
  ['target.resource', (event) => event.target?.resource ?? undefined],
  ['target.name', (event) => event.target?.name ?? undefined],
  ['target.user', (event) => event.target?.user ?? undefined],
  ['target.account', (event) => event.target?.account ?? undefined],
  ['target.verb', (event) => event.target?.verb ?? undefined],
];
