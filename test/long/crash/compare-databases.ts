import Database from 'better-sqlite3';

export interface StoredResults {
  readonly incidents: readonly Record<string, unknown>[];
  readonly findings: readonly Record<string, unknown>[];
}

/** Findings and incidents as they are stored, without revisions and wall times. */
export function readResults(file: string): StoredResults {
  const db = new Database(file, { readonly: true });
  try {
    const incidents = db
      .prepare(
        `SELECT number, id, cluster, namespace, state, severity, risk, first_time, last_time, json
         FROM incident ORDER BY id`,
      )
      .all();
    const findings = db
      .prepare(`SELECT id, incident_id, rule_id, kind, level, time, json FROM finding ORDER BY id`)
      .all();
    return { incidents, findings } as StoredResults;
  } finally {
    db.close();
  }
}

/** The incidents that do not touch a namespace, in a form in which two runs can be compared. */
export function readStories(file: string, without: string): readonly string[] {
  const { incidents, findings } = readResults(file);
  const members = new Map<string, string[]>();
  for (const { incident_id: incidentId, json } of findings) {
    const list = members.get(String(incidentId)) ?? [];
    list.push(memberText(JSON.parse(String(json)) as StoredFinding));
    members.set(String(incidentId), list);
  }
  return incidents
    .filter(({ json }) => !String(json).includes(without))
    .map(({ id, json }) => [json, ...(members.get(String(id)) ?? []).toSorted()].join('\n'));
}

interface StoredFinding {
  readonly id: string;
  readonly ruleId: string;
  readonly level: string;
  readonly late: boolean;
  readonly time: number;
  readonly events: readonly { readonly eventId: string }[];
}

/** A finding without its places in the journal, which differ from run to run. */
const memberText = ({ id, ruleId, level, late, time, events }: StoredFinding): string =>
  [id, ruleId, level, late, time, ...events.map(({ eventId }) => eventId)].join(' ');
