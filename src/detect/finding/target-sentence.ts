import type { Enrichment } from '../../model/batch.ts';
import type { SecurityEvent, TargetFacts } from '../../model/security-event.ts';
import { visibleText } from '../../lib/visible-text.ts';

const NAME_CHARS_MAX = 80;
const VERB_CHARS_MAX = 60;
const SOMEBODY = 'somebody';

/** What the verbs of the Kubernetes API are called once they happened. */
const DEEDS: ReadonlyMap<string, string> = new Map([
  ['create', 'created'],
  ['get', 'read'],
  ['list', 'listed'],
  ['watch', 'watched'],
  ['update', 'updated'],
  ['patch', 'patched'],
  ['delete', 'deleted'],
  ['deletecollection', 'deleted all'],
]);

/**
 * Who did what, of an entry of a log: `alice created pods/exec` or
 * `bob did ModifyInstanceAttribute on i-0abc`.
 */
export function targetDeed(
  event: SecurityEvent,
  target: TargetFacts,
  enrichment: Enrichment | null,
): string {
  const actor = target.user === null ? SOMEBODY : shown(target.user);
  return `${actor} ${deedOf(event, target, enrichment)}`;
}

/** How a sentence ends that tells of it where no pod was found: where in the log it belongs. */
export function targetPlaceWords({ namespace, account }: TargetFacts): string {
  if (namespace !== null) return `in namespace ${shown(namespace)}`;
  return account === null ? '' : `in account ${shown(account)}`;
}

function deedOf(event: SecurityEvent, target: TargetFacts, enrichment: Enrichment | null): string {
  const { verb, resource, name, podName } = target;
  if (verb === null) {
    return `set off Falco's rule "${shown(event.alert?.rule ?? '')}"`;
  }
  if (target.kind !== 'kubernetes') {
    const did = `did ${visibleText(verb, VERB_CHARS_MAX)}`;
    return name === null ? did : `${did} on ${shown(name)}`;
  }
  const deed = DEEDS.get(verb) ?? `did ${visibleText(verb, VERB_CHARS_MAX)} on`;
  const kind = resource === null ? 'something' : shown(resource);
  // The pod is named where the sentence says where.
  const isInPlace = name === null || (name === podName && enrichment?.pod.state === 'resolved');
  return isInPlace ? `${deed} ${kind}` : `${deed} ${kind} ${shown(name)}`;
}

const shown = (text: string): string => visibleText(text, NAME_CHARS_MAX);
