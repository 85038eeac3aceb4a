import { LEVELS } from '../../model/level.ts';
import { OPEN_STATES } from '../../model/incident.ts';
import type { ApiContext } from '../context.ts';
import { findIncident } from '../find-incident.ts';
import { etagOf } from '../if-match.ts';
import { parseSpan } from '../parse-when.ts';
import { presentIncident, presentSummary } from '../present-incident.ts';
import { identityOf } from '../route-role.ts';
import { ERRORS, IncidentParams, pageOf } from '../schemas/common.ts';
import { IncidentBody, IncidentPage, IncidentQuery } from '../schemas/incident.ts';
import type { ApiInstance } from '../typebox-provider.ts';

const LIST = {
  summary: 'Incidents, by default those of the highest risk first',
  tags: ['incidents'],
  querystring: IncidentQuery,
  response: { 200: IncidentPage, ...ERRORS },
};

const ONE = {
  summary: 'One incident in full; its ETag is the version that changes have to name',
  tags: ['incidents'],
  params: IncidentParams,
  response: { 200: IncidentBody, ...ERRORS },
};

/** The queue and one incident of it. */
export function incidentRoutes(app: ApiInstance, context: ApiContext): void {
  const { reader } = context;
  const config = { role: 'read' as const };

  app.route({
    method: 'GET',
    url: '/v1/incidents',
    config,
    schema: LIST,
    handler: async (request) => {
      const { query } = request;
      const filter = {
        states: statesOf(query.state),
        severityMin: query.severity_min ?? null,
        severities: query.severity === undefined ? null : LEVELS.filter(within(query.severity)),
        namespace: query.namespace ?? null,
        ...parseSpan(query, context.now()),
        orderBy: query.order_by ?? ('-risk' as const),
      };
      const { scope } = identityOf(request);
      const page = await reader.listIncidents(scope, filter, pageOf(query));
      return {
        items: page.items.map(presentSummary),
        nextPageToken: page.nextPageToken,
        pending: pendingOf(scope.clusters === null ? context.live().held.events : null),
      };
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/incidents/:id',
    config,
    schema: ONE,
    handler: async (request, reply) => {
      const { scope } = identityOf(request);
      const incident = await findIncident(reader, scope, request.params.id);
      const gaps = await reader.incidentCoverage(scope, incident.id);
      void reply.header('etag', etagOf(incident.version));
      return presentIncident(incident, gaps);
    },
  });
}

const within =
  <Value>(chosen: readonly Value[]) =>
  (value: Value): boolean =>
    chosen.includes(value);

/** `open` stands for the open states; each state once, so that page tokens compare. */
function statesOf(wanted: readonly string[] | undefined): readonly string[] | null {
  if (wanted === undefined || wanted.length === 0) return null;
  const states = wanted.flatMap((state): readonly string[] =>
    state === 'open' ? OPEN_STATES : [state],
  );
  return [...new Set(states)].toSorted();
}

/** Says why an incident that somebody just caused is not in the list yet. */
function pendingOf(held: number | null): { held: number | null; note: string } {
  if (held === null) {
    const note = 'Events are held until the watermark passes them, by default about 6 s.';
    return { held, note };
  }
  if (held === 0) return { held, note: 'Nothing is held; the list is complete.' };
  const events = held === 1 ? '1 event is' : `${held} events are`;
  const note = `${events} held until the watermark passes them, by default about 6 s after they came; their incidents follow then.`;
  return { held, note };
}
