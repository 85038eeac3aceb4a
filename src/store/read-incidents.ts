import { levelRank } from '../model/level.ts';
import type { Incident } from '../model/incident.ts';
import type { Db } from './database.ts';
import {
  clampPageSize,
  decodeToken,
  encodeToken,
  numberAt,
  type PageRequest,
} from './page-token.ts';
import type { IncidentFilter, Page, Scope, StoredIncident } from './ports.ts';
import { IN_SCOPE, scopeParameter } from './scope-filter.ts';
import { StoreError } from './store-error.ts';

export interface IncidentQueries {
  list(scope: Scope, filter: IncidentFilter, page: PageRequest): Page<StoredIncident>;
  get(scope: Scope, reference: string): StoredIncident | null;
  /** Ids of an incident and of all that were merged into it; empty if it can not be seen. */
  family(scope: Scope, incidentId: string): readonly string[];
}

interface IncidentRow {
  readonly number: number;
  readonly revision: number;
  readonly created_at: number;
  readonly updated_at: number;
  readonly json: string;
}

interface ListedRow extends IncidentRow {
  readonly sort_value: number;
}

interface Order {
  readonly column: string;
  readonly direction: 'ASC' | 'DESC';
  readonly beyond: '<' | '>';
}

const ORDERS: Readonly<Record<IncidentFilter['orderBy'], Order>> = {
  '-risk': { column: 'risk', direction: 'DESC', beyond: '<' },
  '-last_time': { column: 'last_time', direction: 'DESC', beyond: '<' },
  first_time: { column: 'first_time', direction: 'ASC', beyond: '>' },
};

/** Taken-in incidents of taken-in incidents: far more than any analyst merges. */
const FAMILY_MAX = 256;

export function createIncidentQueries(db: Db): IncidentQueries {
  const byId = db.prepare<[object], IncidentRow>(
    `SELECT * FROM incident WHERE id = @reference AND ${IN_SCOPE}`,
  );
  const byNumber = db.prepare<[object], IncidentRow>(
    `SELECT * FROM incident WHERE number = @reference AND ${IN_SCOPE}`,
  );
  const get = (scope: Scope, reference: string): StoredIncident | null => {
    const number = /^(?:INC-)?(\d{1,15})$/i.exec(reference)?.[1];
    const clusters = scopeParameter(scope);
    const row =
      number === undefined
        ? byId.get({ reference, clusters })
        : byNumber.get({ reference: Number(number), clusters });
    return row === undefined ? null : toIncident(row);
  };
  return {
    get,
    list(scope, filter, page) {
      const size = clampPageSize(page.size);
      const query = ['incidents', scope, filter];
      const { sql, parameters } = buildList(scope, filter, decodeToken(query, page.token));
      const rows = db.prepare<[object], ListedRow>(sql).all({ ...parameters, limit: size + 1 });
      const last = rows[size - 1];
      const more = rows.length > size && last !== undefined;
      return {
        items: rows.slice(0, size).map(toIncident),
        nextPageToken: more ? encodeToken(query, [last.sort_value, last.number]) : null,
      };
    },
    family(scope, incidentId) {
      const ids = new Set<string>();
      const waiting = [incidentId];
      for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
        if (ids.has(id) || ids.size >= FAMILY_MAX) continue;
        const incident = byId.get({ reference: id, clusters: scopeParameter(scope) });
        if (incident === undefined) continue;
        ids.add(id);
        for (const link of toIncident(incident).links) {
          if (link.reason === 'merged-from') waiting.push(link.incidentId);
        }
      }
      return [...ids];
    },
  };
}

function buildList(
  scope: Scope,
  filter: IncidentFilter,
  cursor: readonly (string | number)[] | null,
) {
  const { column, direction, beyond } = orderOf(filter.orderBy);
  const conditions = [IN_SCOPE];
  const parameters: Record<string, unknown> = { clusters: scopeParameter(scope) };
  const add = (value: unknown, condition: string, parameter: string): void => {
    if (value === null) return;
    conditions.push(condition);
    parameters[parameter] = value;
  };
  add(listOf(filter.states), 'state IN (SELECT value FROM json_each(@states))', 'states');
  const severities = filter.severities?.map(levelRank) ?? null;
  add(listOf(severities), 'severity IN (SELECT value FROM json_each(@severities))', 'severities');
  const severityMin = filter.severityMin === null ? null : levelRank(filter.severityMin);
  add(severityMin, 'severity >= @severityMin', 'severityMin');
  add(filter.namespace, 'namespace = @namespace', 'namespace');
  add(filter.from, 'last_time >= @from', 'from');
  add(filter.to, 'first_time <= @to', 'to');
  if (cursor !== null) {
    conditions.push(`(${column}, number) ${beyond} (@afterValue, @afterNumber)`);
    parameters['afterValue'] = numberAt(cursor, 0);
    parameters['afterNumber'] = numberAt(cursor, 1);
  }
  const sql = `SELECT *, ${column} AS sort_value FROM incident WHERE ${conditions.join(' AND ')}
    ORDER BY ${column} ${direction}, number ${direction} LIMIT @limit`;
  return { sql, parameters };
}

function orderOf(orderBy: IncidentFilter['orderBy']): Order {
  // The value comes from a client; anything else than these three must not reach the statement.
  const order = Object.hasOwn(ORDERS, orderBy) ? ORDERS[orderBy] : undefined;
  if (order === undefined) throw new StoreError('unknown', `There is no order ${orderBy}.`);
  return order;
}

const listOf = (values: readonly unknown[] | null): string | null =>
  values === null ? null : JSON.stringify(values);

function toIncident(row: IncidentRow): StoredIncident {
  return {
    ...(JSON.parse(row.json) as Incident),
    number: row.number,
    revision: row.revision,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
