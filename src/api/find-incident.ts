import type { Scope } from '../model/scope.ts';
import type { StoredIncident, StoreReader } from '../store/ports.ts';
import { ApiProblem } from './problem.ts';

/**
 * The incident behind an id, a number or `INC-12`. One outside of the scope is answered like one
 * that does not exist, so that nobody learns of it.
 */
export async function findIncident(
  reader: StoreReader,
  scope: Scope,
  reference: string,
): Promise<StoredIncident> {
  const incident = await reader.getIncident(scope, reference);
  if (incident !== null) return incident;
  throw new ApiProblem('not-found', `There is no incident ${reference}.`);
}
