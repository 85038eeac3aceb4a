import { presentIncident, presentSummary } from '../api/present-incident.ts';
import { presentTree } from '../api/present-finding.ts';
import { LIMITS } from '../config/limits.ts';
import { formatTime, parseTime } from '../lib/format-time.ts';
import { OPEN_STATES } from '../model/incident.ts';
import type { IncidentFilter, StoredIncident, StoreReader } from '../store/ports.ts';
import { rowOfStored } from './incident-rows.ts';
import type { IncidentDetail, IncidentList, IncidentSource, ListQuery } from './incident-source.ts';
import { EVERYTHING, readStory } from './incident-story.ts';

/** Reads incidents from a database file, in the shapes of the API. Closing it closes the reader. */
export function databaseIncidents(reader: StoreReader): IncidentSource {
  return {
    list: async (query) => list(reader, query),
    show: async (reference) => show(reader, reference),
    close: async () => reader.close(),
  };
}

function filterOf(query: ListQuery): IncidentFilter {
  const states = query.states.flatMap((state): readonly string[] =>
    state === 'open' ? OPEN_STATES : [state],
  );
  return {
    states: states.length === 0 ? null : states,
    severityMin: query.severityMin,
    severities: null,
    namespace: query.namespace,
    from: query.from === null ? null : parseTime(query.from),
    to: query.to === null ? null : parseTime(query.to),
    orderBy: query.orderBy,
  };
}

async function list(reader: StoreReader, query: ListQuery): Promise<IncidentList> {
  const filter = filterOf(query);
  const items: StoredIncident[] = [];
  let token: string | null = null;
  do {
    const size = Math.min(query.limit - items.length, LIMITS.pageSizeMax);
    const page = await reader.listIncidents(EVERYTHING, filter, { size, token });
    items.push(...page.items);
    token = page.nextPageToken;
  } while (token !== null && items.length < query.limit);
  const hasMore = token !== null;
  const json = { items: items.map(presentSummary), hasMore, pending: null };
  return { rows: items.map(rowOfStored), hasMore, heldEvents: null, json };
}

async function show(reader: StoreReader, reference: string): Promise<IncidentDetail | null> {
  const found = await readStory(reader, reference);
  if (found === null) return null;
  const { incident, timeline, processes, coverage } = found;
  const json = {
    incident: presentIncident(incident, coverage),
    timeline: timeline.map(({ at, ruleId, kind, sentence, level, findingId, count }) => {
      return { time: formatTime(at), kind, sentence, level, rule: ruleId, findingId, count };
    }),
    processes: processes.map(presentTree),
    runbook: found.runbook,
  };
  return { story: found, json };
}
