import type { Level } from '../model/level.ts';
import type { IncidentRow } from './render/incident-table.ts';
import type { IncidentStory } from './render/incident-report.ts';

/** Which incidents to list. */
export interface ListQuery {
  /** States, `open` standing for all before resolved; empty for all. */
  readonly states: readonly string[];
  readonly severityMin: Level | null;
  readonly namespace: string | null;
  /** RFC 3339 in UTC. */
  readonly from: string | null;
  readonly to: string | null;
  readonly orderBy: '-risk' | '-last_time' | 'first_time';
  /** How many at most. */
  readonly limit: number;
}

export interface IncidentList {
  readonly rows: readonly IncidentRow[];
  /** There are more than the limit let through. */
  readonly hasMore: boolean;
  /** Events held by the server, of which incidents may follow; null for a file. */
  readonly heldEvents: number | null;
  /** What `--json` prints. */
  readonly json: unknown;
}

export interface IncidentDetail {
  readonly story: IncidentStory;
  readonly json: unknown;
}

/** Where incidents are read from: a running server or a database file. */
export interface IncidentSource {
  list(query: ListQuery): Promise<IncidentList>;
  /** Null if there is no such incident. */
  show(reference: string): Promise<IncidentDetail | null>;
  close(): Promise<void>;
}
