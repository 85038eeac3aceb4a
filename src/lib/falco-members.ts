const MEMBERS = ['rule', 'output', 'output_fields', 'priority'] as const;
const MEMBERS_MIN = 2;

/**
 * Is this one of Falco's alerts or messages? It is told by its rule; one that lost it is still
 * Falco's if two of its other members are there.
 */
export function isFalcoShape(root: Readonly<Record<string, unknown>>): boolean {
  if (typeof root['rule'] === 'string') return true;
  let found = 0;
  for (const name of MEMBERS) if (root[name] !== undefined) found += 1;
  return found >= MEMBERS_MIN;
}
