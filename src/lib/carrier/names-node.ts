import type { JsonObject } from '../json-object.ts';
/** Falco's field that names the node as well as its member `hostname` does. */
const FALCO_NODE_FIELD = 'evt.hostname';

/**
 * Does the event itself say on which node it happened?
 *
 * @param member what holds Tetragon's event; null if it is Falco's.
 */
export function namesNode(root: JsonObject, member: string | null): boolean {
  if (member !== null) return isSaid(root['node_name']);
  const fields = root['output_fields'];
  if (isSaid(root['hostname'])) return true;
  return typeof fields === 'object' && fields !== null && !Array.isArray(fields)
    ? isSaid((fields as JsonObject)[FALCO_NODE_FIELD])
    : false;
}

/** The same event with the node that its carrier names. */
export const withNode = (root: JsonObject, member: string | null, node: string): JsonObject => ({
  ...root,
  [member === null ? 'hostname' : 'node_name']: node,
});

const isSaid = (value: unknown): boolean => value !== undefined && value !== null && value !== '';
