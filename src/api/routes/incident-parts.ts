import { formatTime } from '../../lib/format-time.ts';
import { buildProcessTree } from '../../lib/process-tree.ts';
import type { AuditRow, StoredIncident, TimelineEntry } from '../../store/ports.ts';
import type { Scope } from '../../model/scope.ts';
import type { ApiContext } from '../context.ts';
import { findIncident } from '../find-incident.ts';
import { presentEvent } from '../present-event.ts';
import { presentFinding, presentTree } from '../present-finding.ts';
import { identityOf } from '../route-role.ts';
import { ERRORS, IncidentParams, pageOf } from '../schemas/common.ts';
import { EventPage, PlainPageQuery } from '../schemas/event.ts';
import { AuditList, FindingList, ProcessTree, Timeline } from '../schemas/incident-parts.ts';
import type { ApiInstance } from '../typebox-provider.ts';
import type { FastifyRequest } from 'fastify';
import type { TSchema } from 'typebox';

const config = { role: 'read' as const };

/** What there is about one incident: told, listed, drawn and signed. */
export function incidentPartRoutes(app: ApiInstance, context: ApiContext): void {
  const { reader } = context;
  const find = async (request: FastifyRequest, reference: string): Promise<Found> => {
    const { scope } = identityOf(request);
    return { scope, incident: await findIncident(reader, scope, reference) };
  };

  const timeline = schemaOf('What happened, in sentences', Timeline);
  app.route({
    method: 'GET',
    url: '/v1/incidents/:id/timeline',
    config,
    schema: timeline,
    handler: async (request) => {
      const { scope, incident } = await find(request, request.params.id);
      return { items: (await reader.timeline(scope, incident.id)).map(presentEntry) };
    },
  });

  const findings = schemaOf('Its findings that are kept one by one', FindingList);
  app.route({
    method: 'GET',
    url: '/v1/incidents/:id/findings',
    config,
    schema: findings,
    handler: async (request) => {
      const { scope, incident } = await find(request, request.params.id);
      return { items: (await reader.listFindings(scope, incident.id)).map(presentFinding) };
    },
  });

  const tree = schemaOf('The processes of its findings as trees', ProcessTree);
  app.route({
    method: 'GET',
    url: '/v1/incidents/:id/process-tree',
    config,
    schema: tree,
    handler: async (request) => {
      const { scope, incident } = await find(request, request.params.id);
      const found = await reader.listFindings(scope, incident.id);
      return { roots: buildProcessTree(found).map(presentTree) };
    },
  });

  const audit = schemaOf('Who did what to it', AuditList);
  app.route({
    method: 'GET',
    url: '/v1/incidents/:id/audit',
    config,
    schema: audit,
    handler: async (request) => {
      const { scope, incident } = await find(request, request.params.id);
      return { items: (await reader.listAudit(scope, incident.id)).map(presentAudit) };
    },
  });

  const events = {
    ...schemaOf('Its events, those beyond the evidence limit read from the journal', EventPage),
    querystring: PlainPageQuery,
  };
  app.route({
    method: 'GET',
    url: '/v1/incidents/:id/events',
    config,
    schema: events,
    handler: async (request) => {
      const { scope, incident } = await find(request, request.params.id);
      const page = await reader.incidentEvents(scope, incident.id, pageOf(request.query));
      return { items: page.items.map(presentEvent), nextPageToken: page.nextPageToken };
    },
  });
}

interface Found {
  readonly scope: Scope;
  readonly incident: StoredIncident;
}

const schemaOf = <Body extends TSchema>(summary: string, body: Body) => ({
  summary,
  tags: ['incidents'],
  params: IncidentParams,
  response: { 200: body, ...ERRORS },
});

const presentEntry = (entry: TimelineEntry) => ({
  time: formatTime(entry.at),
  kind: entry.kind,
  sentence: entry.sentence,
  level: entry.level,
  rule: entry.ruleId,
  findingId: entry.findingId,
  count: entry.count,
});

const presentAudit = (row: AuditRow) => ({
  sequence: row.sequence,
  time: formatTime(row.at),
  actor: row.actor,
  via: row.via,
  action: row.action,
  actionId: row.actionId,
  before: row.before,
  after: row.after,
  text: row.text,
  hash: row.hash,
});
