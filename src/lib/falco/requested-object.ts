import { readRequestPath, type RequestPath } from './request-path.ts';

const PODS = 'pods';
const POD_FIELD = 'ka.req.pod.';

/** Reads a field as text, '' if it has none. */
export type TextOf = (key: string) => string;

/** The object of a request to the Kubernetes API, '' for what is not known of it. */
export interface RequestedObject extends RequestPath {
  /** The pod that was acted on or in. */
  readonly podName: string;
}

/** As the fields of the audit log name it, else as the path of the request does. */
export function requestedObject(text: TextOf, keys: Iterable<string>): RequestedObject {
  const path = readRequestPath(text('ka.uri'));
  const resource = text('ka.target.resource') || path.resource || kindOfBody(keys);
  const isOfPath = path.resource === resource;
  const name = text('ka.target.name') || (isOfPath ? path.name : '');
  const podName = text('ka.target.pod.name') || (resource === PODS ? nameOfPod(name, text) : '');
  return {
    namespace: text('ka.target.namespace') || path.namespace,
    resource,
    name: name || podName,
    subresource: text('ka.target.subresource') || (isOfPath ? path.subresource : ''),
    podName,
  };
}

/** A pod whose name the API makes up has it only in the answer. */
const nameOfPod = (name: string, text: TextOf): string => name || text('ka.resp.name');

/** Rules about a new pod put out what its specification says, but often not that it is a pod. */
function kindOfBody(keys: Iterable<string>): string {
  for (const key of keys) if (key.startsWith(POD_FIELD)) return PODS;
  return '';
}
