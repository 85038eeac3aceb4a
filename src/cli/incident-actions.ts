import type { Verdict } from '../model/incident.ts';
import type { ApiClient } from './api-client.ts';
import { incidentPath } from './server-incidents.ts';

/** Words of the command line and the states they lead to. */
export const TRANSITIONS = {
  acknowledge: 'acknowledged',
  start: 'investigating',
  hold: 'on_hold',
  resolve: 'resolved',
  close: 'closed',
  reopen: 'reopened',
} as const;
export type TransitionName = keyof typeof TRANSITIONS;

export interface ActionRequest {
  readonly incident: string;
  readonly actor: string | null;
}

export interface TransitionRequest extends ActionRequest {
  readonly transition: TransitionName;
  readonly verdict: Verdict | null;
  readonly reason: string | null;
  /** Version that the analyst saw; null takes whatever is there now. */
  readonly ifVersion: number | null;
}

/** What the server did, as its receipt says. */
export interface ActionReceipt {
  readonly incidentId: string;
  readonly number: number;
  readonly name: string;
  readonly state: string | null;
  readonly version: number | null;
  readonly heldEvents: number;
  readonly detail: string;
}

const JSON_TYPE = { 'content-type': 'application/json' } as const;

/** Moves an incident to another state. Throws a CliFailure with the server's reason if it refuses. */
export async function submitTransition(
  client: ApiClient,
  wanted: TransitionRequest,
): Promise<ActionReceipt> {
  const path = incidentPath(wanted.incident);
  const version = wanted.ifVersion ?? (await currentVersion(client, path));
  const body = {
    to: TRANSITIONS[wanted.transition],
    ...(wanted.verdict === null ? {} : { verdict: wanted.verdict }),
    ...(wanted.reason === null ? {} : { reason: wanted.reason }),
    ...actorOf(wanted),
  };
  return (await client.call({
    method: 'POST',
    path: `${path}/transitions`,
    headers: { ...JSON_TYPE, 'if-match': `"${version}"` },
    body: JSON.stringify(body),
  })) as ActionReceipt;
}

/** Adds a note; it needs no version, because it overwrites nothing. */
export async function submitNote(
  client: ApiClient,
  wanted: ActionRequest & { readonly text: string },
): Promise<ActionReceipt> {
  return (await client.call({
    method: 'POST',
    path: `${incidentPath(wanted.incident)}/notes`,
    headers: JSON_TYPE,
    body: JSON.stringify({ text: wanted.text, ...actorOf(wanted) }),
  })) as ActionReceipt;
}

const actorOf = (wanted: ActionRequest): { actor?: string } =>
  wanted.actor === null ? {} : { actor: wanted.actor };

/** Read right before writing, so that only a change in between is refused. */
async function currentVersion(client: ApiClient, path: string): Promise<number> {
  const incident = (await client.call({ path })) as { readonly version: number };
  return incident.version;
}
