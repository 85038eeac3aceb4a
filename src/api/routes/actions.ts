import { randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Receipt } from '../../model/incident.ts';
import type { ActionName } from '../../model/observation.ts';
import type { StoredIncident } from '../../store/ports.ts';
import type { ApiContext, SubmittedAction } from '../context.ts';
import { findIncident } from '../find-incident.ts';
import { etagOf, readIfMatch, type IfMatch } from '../if-match.ts';
import { incidentName } from '../present-incident.ts';
import { ApiProblem } from '../problem.ts';
import { identityOf } from '../route-role.ts';
import { IfMatchHeaders, NoteBody, ReceiptBody, TransitionBody } from '../schemas/action.ts';
import { ERRORS, IncidentParams } from '../schemas/common.ts';
import type { ApiInstance } from '../typebox-provider.ts';

const TRANSITION = {
  summary: 'Moves an incident to another state',
  description:
    'If-Match names the version that was read, but for acknowledged. 409: the state does not ' +
    'allow it. 412: it was changed since. 422: closing without a verdict. 428: no If-Match.',
  tags: ['actions'],
  params: IncidentParams,
  headers: IfMatchHeaders,
  body: TransitionBody,
  response: { 200: ReceiptBody, ...ERRORS },
};

const NOTE = {
  summary: 'Adds a note to an incident',
  tags: ['actions'],
  params: IncidentParams,
  body: NoteBody,
  response: { 200: ReceiptBody, ...ERRORS },
};

const ACTIONS = {
  acknowledged: 'acknowledge',
  investigating: 'start',
  on_hold: 'hold',
  resolved: 'resolve',
  closed: 'close',
  reopened: 'reopen',
} as const satisfies Readonly<Record<string, ActionName>>;

/** The front door for analysts: every change is a record, and its receipt is the answer. */
export function actionRoutes(app: ApiInstance, context: ApiContext): void {
  const config = { role: 'analyst' as const };

  app.route({
    method: 'POST',
    url: '/v1/incidents/:id/transitions',
    config,
    schema: TRANSITION,
    handler: async (request, reply) => {
      const { to, verdict = null, reason = null, actor } = request.body;
      const ifMatch = readIfMatch(request.headers['if-match']);
      const { scope } = identityOf(request);
      const incident = await findIncident(context.reader, scope, request.params.id);
      const action = ACTIONS[to];
      const ifVersion = versionOf(ifMatch, action);
      const rest = { action, verdict, text: reason, ifVersion };
      return submit(context, { ...signOf(request, actor), ...rest }, { incident, reply });
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/incidents/:id/notes',
    config,
    schema: NOTE,
    handler: async (request, reply) => {
      const { text, actor } = request.body;
      const { scope } = identityOf(request);
      const incident = await findIncident(context.reader, scope, request.params.id);
      const rest = { action: 'note' as const, verdict: null, text, ifVersion: null };
      return submit(context, { ...signOf(request, actor), ...rest }, { incident, reply });
    },
  });
}

/** Two analysts who acknowledge at once mean the same; all else must name what it was based on. */
function versionOf(ifMatch: IfMatch, action: ActionName): number | null {
  if (ifMatch.kind === 'version') return ifMatch.version;
  if (ifMatch.kind === 'any' || action === 'acknowledge') return null;
  const detail = 'Send If-Match with the ETag of GET /v1/incidents/{id}.';
  throw new ApiProblem('version-required', detail);
}

/** Who did it: the credential always, and the person whom a shared one names. */
function signOf(request: FastifyRequest, person: string | undefined) {
  const { name } = identityOf(request);
  const fromCli = request.headers['user-agent']?.startsWith('eyrie-cli') ?? false;
  return {
    id: randomUUID(),
    actor: person === undefined ? name : `${person} via ${name}`,
    via: fromCli ? ('cli' as const) : ('api' as const),
  };
}

interface Target {
  readonly incident: StoredIncident;
  readonly reply: FastifyReply;
}

async function submit(
  context: ApiContext,
  action: Omit<SubmittedAction, 'incidentId'>,
  { incident, reply }: Target,
) {
  const receipt = await context.submitAction({ ...action, incidentId: incident.id });
  const refusal = refusalOf(receipt);
  if (refusal !== null) throw refusal;
  if (receipt.version !== null) void reply.header('etag', etagOf(receipt.version));
  return {
    incidentId: receipt.incidentId,
    number: incident.number,
    name: incidentName(incident.number),
    state: receipt.state,
    version: receipt.version,
    heldEvents: receipt.heldEvents,
    detail: receipt.detail,
  };
}

const REFUSALS = {
  'not-found': 'not-found',
  conflict: 'conflict',
  stale: 'stale-version',
  'verdict-missing': 'verdict-missing',
} as const;

/** The problem that a receipt stands for, or null if the action was done. */
function refusalOf({ status, version, state, detail }: Receipt): ApiProblem | null {
  return status === 'done' ? null : new ApiProblem(REFUSALS[status], detail, { version, state });
}
