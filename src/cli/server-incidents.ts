import type { IncidentDetailBody, IncidentSummaryBody } from '../api/schemas/incident.ts';
import type { TreeBody } from '../api/schemas/incident-parts.ts';
import { LIMITS } from '../config/limits.ts';
import { parseTime } from '../lib/format-time.ts';
import type { Level } from '../model/level.ts';
import type { TimelineEntry } from '../store/ports.ts';
import { exitCodeOf, problemText, type ApiClient } from './api-client.ts';
import { CliFailure } from './cli-failure.ts';
import type { IncidentDetail, IncidentList, IncidentSource, ListQuery } from './incident-source.ts';
import { gravestRunbook, NAMED_LINKS_MAX } from './incident-story.ts';
import type { IncidentRow } from './render/incident-table.ts';

interface PageBody {
  readonly items: readonly IncidentSummaryBody[];
  readonly nextPageToken: string | null;
  readonly pending: { readonly held: number | null };
}

interface TimelineBody {
  readonly items: readonly {
    readonly time: string;
    readonly kind: TimelineEntry['kind'];
    readonly sentence: string;
    readonly level: Level | null;
    readonly rule: string | null;
    readonly count: number;
  }[];
}

interface FindingsBody {
  readonly items: readonly { readonly level: Level; readonly runbook: readonly string[] }[];
}

/** Reads incidents from a running server. */
export function serverIncidents(client: ApiClient): IncidentSource {
  return {
    list: async (query) => list(client, query),
    show: async (reference) => show(client, reference),
    close: async () => undefined,
  };
}

const micros = (time: string): number => parseTime(time) ?? 0;

const rowOfBody = (body: IncidentSummaryBody): IncidentRow => ({
  number: body.number,
  severity: body.severity,
  risk: body.risk,
  state: body.state,
  title: body.title,
  where: body.entity.label,
  firstTime: micros(body.firstTime),
  lastTime: micros(body.lastTime),
  eventCount: body.eventCount,
  tactics: body.tactics,
});

async function list(client: ApiClient, query: ListQuery): Promise<IncidentList> {
  const items: IncidentSummaryBody[] = [];
  let token: string | null = null;
  let held: number | null;
  do {
    const path = listPath(query, Math.min(query.limit - items.length, LIMITS.pageSizeMax), token);
    const page = (await client.call({ path })) as PageBody;
    items.push(...page.items);
    token = page.nextPageToken;
    held = page.pending.held;
  } while (token !== null && items.length < query.limit);
  const json = { items, hasMore: token !== null, pending: { held } };
  return { rows: items.map(rowOfBody), hasMore: token !== null, heldEvents: held, json };
}

function listPath(query: ListQuery, size: number, token: string | null): string {
  const search = new URLSearchParams({ page_size: String(size), order_by: query.orderBy });
  for (const state of query.states) search.append('state', state);
  const optional: readonly (readonly [string, string | null])[] = [
    ['severity_min', query.severityMin],
    ['namespace', query.namespace],
    ['from', query.from],
    ['to', query.to],
    ['page_token', token],
  ];
  for (const [name, value] of optional) if (value !== null) search.set(name, value);
  return `/v1/incidents?${search.toString()}`;
}

export const incidentPath = (reference: string): string =>
  `/v1/incidents/${encodeURIComponent(reference)}`;

async function show(client: ApiClient, reference: string): Promise<IncidentDetail | null> {
  const path = incidentPath(reference);
  const answer = await client.request({ path });
  if (answer.status === 404) return null;
  if (answer.status !== 200) throw new CliFailure(exitCodeOf(answer.status), problemText(answer));
  const body = answer.body as IncidentDetailBody;
  const timeline = (await client.call({ path: `${path}/timeline` })) as TimelineBody;
  const tree = (await client.call({ path: `${path}/process-tree` })) as { roots: TreeBody[] };
  const findings = (await client.call({ path: `${path}/findings` })) as FindingsBody;
  const { firstTime, lastTime } = body;
  const runbook = gravestRunbook(findings.items);
  return {
    story: {
      incident: { ...body, firstTime: micros(firstTime), lastTime: micros(lastTime) },
      timeline: timeline.items.map((entry) => ({
        ...entry,
        ruleId: entry.rule,
        at: micros(entry.time),
      })),
      processes: tree.roots,
      ruleTitles: new Map(body.rules.map(({ rule, title }) => [rule, title])),
      incidentNames: await nameLinks(client, body),
      runbook,
      coverage: body.coverage.map((gap) => ({
        ...gap,
        from: micros(gap.from),
        to: micros(gap.to),
      })),
    },
    json: { incident: body, timeline: timeline.items, processes: tree.roots, runbook },
  };
}

async function nameLinks(
  client: ApiClient,
  { links }: IncidentDetailBody,
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for (const { incidentId } of links.slice(0, NAMED_LINKS_MAX)) {
    // One that may not be seen keeps its id.
    const { status, body } = await client.request({ path: incidentPath(incidentId) });
    if (status === 200) names.set(incidentId, `INC-${(body as IncidentDetailBody).number}`);
  }
  return names;
}
