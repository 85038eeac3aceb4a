import type { CoverageGap } from '../model/coverage-gap.ts';
import { MICROS_PER_SECOND, type Micros } from '../model/micros.ts';
import type { Db } from './database.ts';
import {
  clampPageSize,
  decodeToken,
  encodeToken,
  numberAt,
  type PageRequest,
} from './page-token.ts';
import type { CoverageFilter, Page, Scope } from './ports.ts';
import { IN_SCOPE, scopeParameter } from './scope-filter.ts';

export interface CoverageQueries {
  /** Gaps by their end, newest first. */
  list(scope: Scope, filter: CoverageFilter, page: PageRequest): Page<CoverageGap>;
  /** How many gaps end at or after this. */
  count(scope: Scope, since: Micros): number;
  /** Gaps of the nodes on which incidents happened, around their time. */
  around(scope: Scope, incidents: IncidentSpan): readonly CoverageGap[];
}

interface IncidentSpan {
  /** An incident and all that it took in. */
  readonly ids: readonly string[];
  readonly firstTime: Micros;
  readonly lastTime: Micros;
}

interface GapRow {
  readonly to_time: number;
  readonly id: string;
  readonly json: string;
}

/** What led to an incident, or followed from it, may be what was not seen. */
const AROUND: Micros = 5 * 60 * MICROS_PER_SECOND;
const AROUND_MAX = 200;

export function createCoverageQueries(db: Db): CoverageQueries {
  const counted = db
    .prepare<[object], number>(
      `SELECT count(*) FROM coverage_gap WHERE ${IN_SCOPE} AND to_time >= @since`,
    )
    .pluck();
  // A gap of a sensor that named no node may be one of any node of its cluster.
  const around = db
    .prepare<[object], string>(
      `WITH family AS (SELECT value AS id FROM json_each(@ids)),
       seen AS (
         SELECT json ->> '$.where.cluster' AS cluster, json ->> '$.where.node' AS node
         FROM finding WHERE incident_id IN family
         UNION SELECT event.cluster, event.node FROM incident_event JOIN event USING (event_id)
         WHERE incident_event.incident_id IN family
         UNION SELECT cluster, json ->> '$.where.node' FROM incident WHERE id IN family),
       place AS (SELECT cluster, node FROM seen WHERE node IS NOT NULL UNION
         SELECT cluster, '' FROM seen)
       SELECT gap.json FROM place CROSS JOIN coverage_gap AS gap
         ON gap.cluster = place.cluster AND gap.node = place.node
       WHERE gap.to_time >= @from AND gap.from_time <= @to
         AND (@clusters IS NULL OR gap.cluster IN (SELECT value FROM json_each(@clusters)))
       ORDER BY gap.from_time, gap.id LIMIT ${AROUND_MAX}`,
    )
    .pluck();
  return {
    count: (scope, since) => counted.get({ clusters: scopeParameter(scope), since }) ?? 0,
    around(scope, { ids, firstTime, lastTime }) {
      const span = { from: firstTime - AROUND, to: lastTime + AROUND };
      const clusters = scopeParameter(scope);
      return around.all({ ids: JSON.stringify(ids), clusters, ...span }).map(toGap);
    },
    list(scope, filter, page) {
      const size = clampPageSize(page.size);
      const query = ['coverage', scope, filter];
      const { sql, parameters } = buildList(scope, filter, decodeToken(query, page.token));
      const rows = db.prepare<[object], GapRow>(sql).all({ ...parameters, limit: size + 1 });
      const last = rows[size - 1];
      const more = rows.length > size && last !== undefined;
      return {
        items: rows.slice(0, size).map((row) => toGap(row.json)),
        nextPageToken: more ? encodeToken(query, [last.to_time, last.id]) : null,
      };
    },
  };
}

const toGap = (json: string): CoverageGap => JSON.parse(json) as CoverageGap;

function buildList(
  scope: Scope,
  filter: CoverageFilter,
  cursor: readonly (string | number)[] | null,
) {
  const conditions = [IN_SCOPE];
  const parameters: Record<string, unknown> = { clusters: scopeParameter(scope) };
  const add = (value: unknown, condition: string, parameter: string): void => {
    if (value === null) return;
    conditions.push(condition);
    parameters[parameter] = value;
  };
  add(filter.cluster, 'cluster = @cluster', 'cluster');
  add(filter.node, 'node = @node', 'node');
  add(filter.from, 'to_time >= @from', 'from');
  add(filter.to, 'from_time <= @to', 'to');
  if (cursor !== null) {
    conditions.push('(to_time, id) < (@afterTime, @afterId)');
    parameters['afterTime'] = numberAt(cursor, 0);
    parameters['afterId'] = String(cursor[1]);
  }
  const sql = `SELECT to_time, id, json FROM coverage_gap WHERE ${conditions.join(' AND ')}
    ORDER BY to_time DESC, id DESC LIMIT @limit`;
  return { sql, parameters };
}
