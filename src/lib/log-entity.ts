import type { Entity } from '../model/finding.ts';
import type { SecurityEvent, TargetFacts } from '../model/security-event.ts';
import { stableId } from './stable-id.ts';

/** The part of a log that an entry belongs to: a namespace, an account, else the log itself. */
interface Part {
  readonly kind: Entity['kind'];
  /** What an analyst reads. */
  readonly label: string;
}

/**
 * What an entry of a log is about where it names no pod: a user in a namespace, a user of an
 * account, else the log as a whole. Never the node on which the log happened to be read.
 */
export function logEntityOf(event: SecurityEvent, target: TargetFacts): Entity {
  const { kind, label } = partOf(target, event.alert?.source ?? event.sensor);
  const { user } = target;
  return {
    kind,
    // The texts are the attacker's, so no separator is safe; a hash of both can not be shifted.
    key: `${kind}:${event.cluster}/${stableId([label, user ?? ''])}`,
    label: user === null ? label : `${label} (${user})`,
  };
}

function partOf({ kind, namespace, account, user }: TargetFacts, source: string): Part {
  if (namespace !== null) return { kind: 'namespace-user', label: `namespace ${namespace}` };
  if (account !== null) return { kind: 'account', label: `account ${account}` };
  if (user === null) return { kind: 'log', label: source };
  return { kind: kind === 'kubernetes' ? 'namespace-user' : 'account', label: source };
}
