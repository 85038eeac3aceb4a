/** What the path of a request to the Kubernetes API says; '' for what it does not. */
export interface RequestPath {
  readonly namespace: string;
  readonly resource: string;
  readonly name: string;
  readonly subresource: string;
}

const NO_PATH: RequestPath = { namespace: '', resource: '', name: '', subresource: '' };
const PARTS_MAX = 10;
const NAMESPACES = 'namespaces';
/** Of a namespace itself, not of things in it. */
const NAMESPACE_SUBRESOURCES: ReadonlySet<string> = new Set(['', 'status', 'finalize']);

/**
 * Takes apart `/api/v1/namespaces/shop/pods/web-1/exec?command=id` and its like. Old versions of
 * Falco put out the path alone.
 */
export function readRequestPath(uri: string): RequestPath {
  const query = uri.indexOf('?');
  const [, root, ...rest] = (query === -1 ? uri : uri.slice(0, query)).split('/', PARTS_MAX);
  // Behind `api` stands a version, behind `apis` a group and a version.
  if (root === 'api') return readParts(rest.slice(1));
  return root === 'apis' ? readParts(rest.slice(2)) : NO_PATH;
}

function readParts(parts: readonly string[]): RequestPath {
  const [first = '', second = '', third = ''] = parts;
  if (first !== NAMESPACES) return named('', parts);
  return NAMESPACE_SUBRESOURCES.has(third) ? named(second, parts) : named(second, parts.slice(2));
}

function named(
  namespace: string,
  [resource = '', name = '', subresource = '']: readonly string[],
): RequestPath {
  return { namespace, resource, name, subresource };
}
