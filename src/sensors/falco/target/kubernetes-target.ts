import type { TargetFacts } from '../../../model/security-event.ts';
import type { FieldReader } from '../../field-reader.ts';
import type { OutputFields } from '../output-fields.ts';
import { readRequestPath, type RequestPath } from './request-path.ts';

const PODS = 'pods';
const POD_FIELD = 'ka.req.pod.';

/** The object of a request, '' for what is not known of it. */
type RequestedObject = RequestPath;

/** The object of a request to the Kubernetes API, who made it, and the pod it was about. */
export function readKubernetesTarget(fields: OutputFields, reader: FieldReader): TargetFacts {
  const text = (key: string): string | null => reader.textOrNull(fields.get(key));
  const object = readObject(fields, reader);
  const isPod = object.resource === PODS;
  const pod =
    text('ka.target.pod.name') ?? (isPod ? filled(object.name, 'ka.resp.name', text) : null);
  return {
    kind: 'kubernetes',
    namespace: object.namespace === '' ? null : object.namespace,
    resource: kindOf(object),
    name: object.name === '' ? pod : object.name,
    podName: pod,
    user: text('ka.user.name'),
    account: null,
    verb: text('ka.verb'),
  };
}

const filled = (value: string, key: string, text: (key: string) => string | null): string | null =>
  value === '' ? text(key) : value;

/** As its own fields name it, else as the path of the request does. */
function readObject(fields: OutputFields, reader: FieldReader): RequestedObject {
  const text = (key: string): string => reader.text(fields.get(key));
  const path = readRequestPath(text('ka.uri'));
  const resource = text('ka.target.resource') || path.resource || kindOfBody(fields);
  const isOfPath = path.resource === resource;
  return {
    namespace: text('ka.target.namespace') || path.namespace,
    resource,
    name: text('ka.target.name') || (isOfPath ? path.name : ''),
    subresource: text('ka.target.subresource') || (isOfPath ? path.subresource : ''),
  };
}

/** The kind in the words of the API, such as `pods/exec`; null if it is not known. */
function kindOf({ resource, subresource }: RequestedObject): string | null {
  if (resource === '') return null;
  return subresource === '' ? resource : `${resource}/${subresource}`;
}

/** Rules about a new pod put out what its specification says, but often not that it is a pod. */
function kindOfBody(fields: OutputFields): string {
  for (const key of fields.keys()) if (key.startsWith(POD_FIELD)) return PODS;
  return '';
}
