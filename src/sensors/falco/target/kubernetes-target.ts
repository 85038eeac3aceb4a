import { type RequestedObject, requestedObject } from '../../../lib/falco/requested-object.ts';
import type { TargetFacts } from '../../../model/security-event.ts';
import type { FieldReader } from '../../field-reader.ts';
import type { OutputFields } from '../output-fields.ts';

/** The object of a request to the Kubernetes API, who made it, and the pod it was about. */
export function readKubernetesTarget(fields: OutputFields, reader: FieldReader): TargetFacts {
  const text = (key: string): string => reader.text(fields.get(key));
  const object = requestedObject(text, fields.keys());
  return {
    kind: 'kubernetes',
    namespace: orNull(object.namespace),
    resource: kindOf(object),
    name: orNull(object.name),
    podName: orNull(object.podName),
    user: orNull(text('ka.user.name')),
    account: null,
    verb: orNull(text('ka.verb')),
  };
}

const orNull = (text: string): string | null => (text === '' ? null : text);

/** The kind in the words of the API, such as `pods/exec`; null if it is not known. */
function kindOf({ resource, subresource }: RequestedObject): string | null {
  if (resource === '') return null;
  return subresource === '' ? resource : `${resource}/${subresource}`;
}
