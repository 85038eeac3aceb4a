import type { SensorPod, TargetFacts } from '../../../model/security-event.ts';
import type { FieldReader } from '../../field-reader.ts';
import type { FieldShape } from '../field-shape.ts';
import type { OutputFields } from '../output-fields.ts';
import { readCloudTarget } from './cloud-target.ts';
import { readKubernetesTarget } from './kubernetes-target.ts';

const UNKNOWN_TARGET: TargetFacts = {
  kind: 'other',
  namespace: null,
  resource: null,
  name: null,
  podName: null,
  user: null,
  account: null,
  verb: null,
};

/** Whom an entry of a log is about, and who did it, as far as its fields say. */
export function readTarget(
  shape: FieldShape | null,
  fields: OutputFields,
  reader: FieldReader,
): TargetFacts {
  const family = shape?.family ?? null;
  if (family === null) return UNKNOWN_TARGET;
  return family === 'kubernetes'
    ? readKubernetesTarget(fields, reader)
    : readCloudTarget(family, fields, reader);
}

/** The pod that was acted on. Where it ran, and which of its name it was, is not in the log. */
export function podOfTarget({ namespace, podName }: TargetFacts): SensorPod | null {
  if (namespace === null || podName === null) return null;
  return { namespace, name: podName, uid: null, workload: null, workloadKind: null };
}
