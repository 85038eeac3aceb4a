import { type CoverageGap, gapEnd } from '../model/coverage-gap.ts';
import { levelRank } from '../model/level.ts';
import type { Incident, PlacedFinding } from '../model/incident.ts';
import type { JournalRef } from '../model/part.ts';
import type { BatchMessage } from './batch-message.ts';
import type { Db } from './database.ts';
import type { Output } from './encode-output.ts';
import type { IncidentNumbers } from './incident-numbers.ts';

export interface ResultWriter {
  /** Writes findings, folded findings, incidents, their changes and gaps; all of it may be repeated. */
  write(message: BatchMessage, output: Output): void;
}

export function createResultWriter(db: Db, numbers: IncidentNumbers): ResultWriter {
  const putFinding = db.prepare(
    `INSERT INTO finding (id, incident_id, rule_id, kind, level, time, json)
     VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET incident_id = excluded.incident_id, rule_id = excluded.rule_id,
       kind = excluded.kind, level = excluded.level, time = excluded.time, json = excluded.json`,
  );
  const selectNumber = db
    .prepare<[string], number>('SELECT number FROM incident WHERE id = ?')
    .pluck();
  const insertIncident = db.prepare(
    `INSERT INTO incident VALUES (@number, @id, @cluster, @namespace, @state, @severity, @risk,
       @firstTime, @lastTime, 1, @wallTime, @wallTime, @json)`,
  );
  // A revision is a change an analyst can see; writing the same again is none.
  const updateIncident = db.prepare(
    `UPDATE incident SET cluster = @cluster, namespace = @namespace, state = @state,
       severity = @severity, risk = @risk, first_time = @firstTime, last_time = @lastTime,
       revision = revision + 1, updated_at = @wallTime, json = @json
     WHERE number = @number AND json <> @json`,
  );
  const forgetChanges = db.prepare('DELETE FROM incident_change WHERE sequence = ?');
  const putChange = db.prepare(
    'INSERT OR REPLACE INTO incident_change VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const forgetFolded = db.prepare('DELETE FROM folded WHERE sequence = ?');
  const putFolded = db.prepare('INSERT OR REPLACE INTO folded VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const putGap = createGapWriter(db);

  const writeFinding = ({ finding, incidentId }: PlacedFinding, json: string): void => {
    const { id, ruleId, kind, level, time } = finding;
    putFinding.run(id, incidentId, ruleId, kind, levelRank(level), time, json);
  };
  const writeIncident = (incident: Incident, json: string, wallTime: number): void => {
    const known = selectNumber.get(incident.id);
    const number = known ?? numbers.next(incident.id);
    const columns = { ...incidentColumns(incident), number, json, wallTime };
    (known === undefined ? insertIncident : updateIncident).run(columns);
  };

  return {
    write(message, output) {
      const { sequence, context } = message;
      const { text, spans } = message.output;
      let span = 0;
      const nextJson = (): string => {
        span += 2;
        return text.slice(spans[span - 2], spans[span - 1]);
      };
      if (!context.newRow) {
        // What this row once led to and no longer does must not stay beside its new result.
        forgetChanges.run(sequence);
        forgetFolded.run(sequence);
      }
      for (const placed of output.placed) writeFinding(placed, nextJson());
      for (const incident of output.incidents)
        writeIncident(incident, nextJson(), context.wallTime);
      for (const [ordinal, change] of output.changes.entries()) {
        const { incidentId, reason, at, cause, sentence } = change;
        putChange.run(sequence, ordinal, incidentId, reason, at, cause, sentence);
      }
      for (const [ordinal, folded] of output.folded.entries()) {
        const { incidentId, ruleId, count, firstTime, lastTime, reason, journal } = folded;
        const key = [sequence, ordinal, incidentId, ruleId];
        putFolded.run(...key, count, firstTime, lastTime, reason, encodePositions(journal));
      }
      for (const gap of output.gaps ?? []) putGap(gap);
    },
  };
}

function createGapWriter(db: Db): (gap: CoverageGap) => void {
  const put = db.prepare(
    `INSERT INTO coverage_gap VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET from_time = excluded.from_time, to_time = excluded.to_time,
       lost = excluded.lost, json = excluded.json`,
  );
  return (gap) => {
    const { id, cluster, node, sensor, reason, from, lost } = gap;
    put.run(id, cluster, node, sensor, reason, from, gapEnd(gap), lost, JSON.stringify(gap));
  };
}

function incidentColumns(incident: Incident) {
  const { id, where, state, severity, risk, firstTime, lastTime } = incident;
  const { cluster, namespace } = where;
  return {
    id,
    cluster,
    namespace,
    state,
    severity: levelRank(severity),
    risk,
    firstTime,
    lastTime,
  };
}

/** Positions grouped by journal row: `[[row, index, index …], …]`. */
function encodePositions(refs: readonly JournalRef[]): string {
  const groups: number[][] = [];
  let group: number[] | undefined;
  for (const { sequence, index } of refs) {
    if (group?.[0] !== sequence) {
      group = [sequence];
      groups.push(group);
    }
    group.push(index);
  }
  return JSON.stringify(groups);
}

export function decodePositions(text: string): JournalRef[] {
  const groups = JSON.parse(text) as number[][];
  return groups.flatMap(([sequence = 0, ...indexes]) =>
    indexes.map((index) => ({ sequence, index })),
  );
}
