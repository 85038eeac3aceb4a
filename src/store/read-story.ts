import { LEVELS, levelRank } from '../model/level.ts';
import type { ChangeReason, IncidentChange } from '../model/incident.ts';
import type { Finding } from '../model/finding.ts';
import { formatTime } from '../lib/format-time.ts';
import type { AuditTableRow } from './audit-chain.ts';
import type { Db } from './database.ts';
import type { AuditRow, TimelineEntry } from './ports.ts';

/** What happened in one or more incidents, in the order of time. */
export interface StoryQueries {
  findings(incidentIds: readonly string[]): readonly Finding[];
  changes(incidentIds: readonly string[]): readonly IncidentChange[];
  audit(incidentIds: readonly string[]): readonly AuditRow[];
  timeline(incidentIds: readonly string[]): readonly TimelineEntry[];
}

interface ChangeRow {
  readonly incident_id: string;
  readonly reason: ChangeReason;
  readonly at: number;
  readonly cause: string;
  readonly sentence: string;
}

interface FoldedRow {
  readonly rule_id: string;
  readonly count: number;
  readonly first_time: number;
  readonly last_time: number;
  readonly title: string | null;
  readonly level: number | null;
}

export function createStoryQueries(db: Db): StoryQueries {
  const findings = db
    .prepare<[string], string>(
      `SELECT json FROM finding WHERE incident_id IN (SELECT value FROM json_each(?))
       ORDER BY time, number`,
    )
    .pluck();
  const changes = db.prepare<[string], ChangeRow>(
    `SELECT * FROM incident_change WHERE incident_id IN (SELECT value FROM json_each(?))
     ORDER BY at, sequence, ordinal`,
  );
  const audit = db.prepare<[string], AuditTableRow>(
    `SELECT * FROM audit WHERE incident_id IN (SELECT value FROM json_each(?)) ORDER BY sequence`,
  );
  // One entry per rule and journal row; the rule's words come from its newest kept finding.
  const folded = db.prepare<[string], FoldedRow>(
    `SELECT rule_id, count, first_time, last_time,
       (SELECT json ->> 'title' FROM finding WHERE finding.incident_id = folded.incident_id
        AND finding.rule_id = folded.rule_id ORDER BY time DESC LIMIT 1) AS title,
       (SELECT level FROM finding WHERE finding.incident_id = folded.incident_id
        AND finding.rule_id = folded.rule_id ORDER BY time DESC LIMIT 1) AS level
     FROM folded WHERE incident_id IN (SELECT value FROM json_each(?))
     ORDER BY first_time, sequence, ordinal`,
  );
  const story: StoryQueries = {
    findings: (ids) => findings.all(JSON.stringify(ids)).map((json) => JSON.parse(json) as Finding),
    changes: (ids) => changes.all(JSON.stringify(ids)).map(toChange),
    audit: (ids) => audit.all(JSON.stringify(ids)).map(toAuditRow),
    timeline(ids) {
      const notes = new Map(story.audit(ids).map((row) => [row.actionId, row]));
      const entries = [
        ...story.findings(ids).map(findingEntry),
        ...folded.all(JSON.stringify(ids)).map(foldedEntry),
        ...story
          .changes(ids)
          .filter((change) => change.reason !== 'finding-added')
          .map((change) => changeEntry(change, notes.get(change.cause))),
      ];
      return entries.toSorted(compareEntries);
    },
  };
  return story;
}

const toChange = (row: ChangeRow): IncidentChange => ({
  incidentId: row.incident_id,
  reason: row.reason,
  at: row.at,
  cause: row.cause,
  sentence: row.sentence,
});

function toAuditRow(row: AuditTableRow): AuditRow {
  const { sequence, at, actor, via, action, before, after, text, hash } = row;
  const ids = { incidentId: row.incident_id, actionId: row.action_id };
  return { sequence, at, actor, via, action, before, after, text, hash, ...ids };
}

const findingEntry = (finding: Finding): TimelineEntry => ({
  at: finding.time,
  kind: 'finding',
  sentence: finding.sentence,
  level: finding.level,
  ruleId: finding.ruleId,
  findingId: finding.id,
  count: 1,
});

const foldedEntry = (row: FoldedRow): TimelineEntry => ({
  at: row.first_time,
  kind: 'folded',
  sentence: `${row.count} more of "${row.title ?? row.rule_id}" until ${clockOf(row)}`,
  level: row.level === null ? null : (LEVELS[row.level] ?? null),
  ruleId: row.rule_id,
  findingId: null,
  count: row.count,
});

/** `12:20:46` in UTC, with the day in front if it is not the one of the first. */
function clockOf(row: FoldedRow): string {
  const first = formatTime(row.first_time);
  const last = formatTime(row.last_time);
  const isSameDay = first.slice(0, 10) === last.slice(0, 10);
  return isSameDay ? last.slice(11, 19) : last.slice(0, 19).replace('T', ' ');
}

function changeEntry(change: IncidentChange, note: AuditRow | undefined): TimelineEntry {
  const isNote = change.reason === 'noted';
  const written = isNote && note?.text ? `${note.actor}: ${note.text}` : change.sentence;
  return {
    at: change.at,
    kind: isNote ? 'note' : 'change',
    sentence: written,
    level: null,
    ruleId: null,
    findingId: null,
    count: 1,
  };
}

const KIND_ORDER: readonly TimelineEntry['kind'][] = ['finding', 'folded', 'change', 'note'];

/** By time; what happened at one instant with its cause first, the worst finding in front. */
function compareEntries(left: TimelineEntry, right: TimelineEntry): number {
  const byTime = left.at - right.at;
  if (byTime !== 0) return byTime;
  const byKind = KIND_ORDER.indexOf(left.kind) - KIND_ORDER.indexOf(right.kind);
  if (byKind !== 0 || left.level === null || right.level === null) return byKind;
  return levelRank(right.level) - levelRank(left.level);
}
