import type { HookFacts, SecurityEvent } from '../../model/security-event.ts';
import type { Accessor } from './taxonomy.ts';

/** Fields of what a policy of Tetragon hooks, by the names that Tetragon gives them. */
export const HOOK_FIELDS: readonly (readonly [string, Accessor])[] = [
  ['function_name', (event) => event.hook?.functionName],
  ['policy_name', (event) => event.hook?.policyName ?? undefined],
  ['action', (event) => event.hook?.action ?? undefined],
  ['return_action', (event) => event.hook?.returnAction ?? undefined],
  ['message', (event) => event.hook?.message ?? undefined],
  ['return', (event) => event.hook?.returnValue ?? undefined],
  ['args', (event) => event.hook?.arguments.map((argument) => argument.value)],
  ['data', (event) => event.hook?.data.map((argument) => argument.value)],
  ['subsys', (event) => partOf(event, 'tracepoint', 'before')],
  ['event', (event) => partOf(event, 'tracepoint', 'behind')],
  ['provider', (event) => partOf(event, 'usdt', 'before')],
  ['probe', (event) => partOf(event, 'usdt', 'behind')],
  ['symbol', (event) => (event.kind === 'uprobe' ? event.hook?.functionName : undefined)],
  ['path', (event) => event.hook?.path ?? undefined],
  ['offset', (event) => event.hook?.offset ?? undefined],
  ['ima_hash', (event) => event.hook?.imaHash ?? undefined],
  ['buildid', (event) => event.hook?.buildId ?? undefined],
  ['ImageLoaded', (event) => (event.kind === 'loader' ? (event.file ?? undefined) : undefined)],
];

type Side = 'before' | 'behind';

/** One of the two names that are joined in the name of a tracepoint or a USDT probe. */
function partOf(event: SecurityEvent, kind: SecurityEvent['kind'], side: Side): string | undefined {
  if (event.hook === null || event.kind !== kind) return undefined;
  const name = nameParts(event.hook, kind === 'usdt' ? ':' : '/')[side];
  return name === '' ? undefined : name;
}

function nameParts({ functionName }: HookFacts, between: string): Readonly<Record<Side, string>> {
  const at = functionName.indexOf(between);
  if (at === -1) return { before: '', behind: functionName };
  return { before: functionName.slice(0, at), behind: functionName.slice(at + between.length) };
}
