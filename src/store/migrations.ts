/**
 * Forward only: each text is one transaction and raises `user_version` by one. A text that was
 * released is never edited; a change is a new text at the end.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
  CREATE TABLE ledger (
    cluster TEXT PRIMARY KEY, accepted INTEGER NOT NULL, duplicate INTEGER NOT NULL,
    rejected INTEGER NOT NULL, skipped INTEGER NOT NULL, late INTEGER NOT NULL
  ) WITHOUT ROWID;

  CREATE TABLE journal_context (
    id INTEGER PRIMARY KEY, run TEXT NOT NULL, engine TEXT NOT NULL, rule_set_hash TEXT NOT NULL,
    settings_hash TEXT NOT NULL, UNIQUE (run, engine, rule_set_hash, settings_hash)
  );
  -- The counts are NULL until the row has been judged once. Large columns stand last, so that the
  -- others are read without following their overflow pages.
  CREATE TABLE journal (
    sequence INTEGER PRIMARY KEY, context_id INTEGER NOT NULL, stored_at INTEGER NOT NULL,
    codec TEXT NOT NULL, raw_bytes INTEGER NOT NULL, stored_bytes INTEGER NOT NULL, record_count INTEGER NOT NULL,
    first_received_at INTEGER NOT NULL, last_received_at INTEGER NOT NULL,
    first_event_time INTEGER, last_event_time INTEGER,
    accepted INTEGER, duplicate INTEGER, rejected INTEGER, skipped INTEGER, controls INTEGER,
    late INTEGER, outcomes TEXT, fault_indexes TEXT, output_hash BLOB,
    key_ids BLOB, parts NOT NULL, records BLOB NOT NULL
  );
  CREATE INDEX journal_span ON journal (first_event_time, last_event_time);
  CREATE TABLE journal_key (
    id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, value TEXT NOT NULL, cluster TEXT NOT NULL,
    UNIQUE (kind, value, cluster)
  );
  -- A segment is 256 rows; the index holds those whose last row is stored. 'rows' is one byte per
  -- row: its place in the segment.
  CREATE TABLE journal_index (
    key_id INTEGER NOT NULL, segment INTEGER NOT NULL, rows BLOB NOT NULL,
    PRIMARY KEY (key_id, segment)
  ) WITHOUT ROWID;
  CREATE TABLE journal_segment (segment INTEGER PRIMARY KEY, key_ids BLOB NOT NULL);

  CREATE TABLE incident (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, cluster TEXT NOT NULL, namespace TEXT,
    state TEXT NOT NULL, severity INTEGER NOT NULL, risk INTEGER NOT NULL,
    first_time INTEGER NOT NULL, last_time INTEGER NOT NULL, revision INTEGER NOT NULL,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, json TEXT NOT NULL
  );
  CREATE INDEX incident_risk ON incident (risk, number);
  CREATE INDEX incident_last ON incident (last_time, number);
  CREATE INDEX incident_first ON incident (first_time, number);
  CREATE TABLE incident_change (
    sequence INTEGER NOT NULL, ordinal INTEGER NOT NULL, incident_id TEXT NOT NULL,
    reason TEXT NOT NULL, at INTEGER NOT NULL, cause TEXT NOT NULL, sentence TEXT NOT NULL,
    PRIMARY KEY (sequence, ordinal)
  ) WITHOUT ROWID;
  CREATE INDEX incident_change_incident ON incident_change (incident_id);
  CREATE TABLE finding (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, incident_id TEXT NOT NULL,
    rule_id TEXT NOT NULL, kind TEXT NOT NULL, level INTEGER NOT NULL, time INTEGER NOT NULL,
    json TEXT NOT NULL
  );
  CREATE INDEX finding_incident ON finding (incident_id, time);
  CREATE TABLE folded (
    sequence INTEGER NOT NULL, ordinal INTEGER NOT NULL, incident_id TEXT NOT NULL,
    rule_id TEXT NOT NULL, count INTEGER NOT NULL, first_time INTEGER NOT NULL,
    last_time INTEGER NOT NULL, reason TEXT NOT NULL, positions TEXT NOT NULL,
    PRIMARY KEY (sequence, ordinal)
  ) WITHOUT ROWID;
  CREATE INDEX folded_incident ON folded (incident_id);

  CREATE TABLE event (
    number INTEGER PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, cluster TEXT NOT NULL,
    time INTEGER NOT NULL, sensor TEXT NOT NULL, kind TEXT NOT NULL, node TEXT NOT NULL,
    namespace TEXT, pod TEXT, pod_uid TEXT, container TEXT, occurrences INTEGER NOT NULL,
    sequence INTEGER NOT NULL, record_index INTEGER NOT NULL, raw BLOB
  );
  CREATE INDEX event_position ON event (sequence, record_index);
  CREATE INDEX event_pod ON event (namespace || '/' || pod, time);
  CREATE INDEX event_pod_uid ON event (pod_uid, time) WHERE pod_uid IS NOT NULL;
  CREATE VIRTUAL TABLE event_text USING fts5(text, tokenize='trigram', content='');
  CREATE TABLE incident_event (
    incident_id TEXT NOT NULL, time INTEGER NOT NULL, event_id TEXT NOT NULL,
    PRIMARY KEY (incident_id, time, event_id)
  ) WITHOUT ROWID;

  CREATE TABLE audit (
    sequence INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, via TEXT NOT NULL,
    action_id TEXT NOT NULL, incident_id TEXT NOT NULL, action TEXT NOT NULL,
    before TEXT NOT NULL, after TEXT NOT NULL, text TEXT, prev_hash TEXT NOT NULL,
    hash TEXT NOT NULL, UNIQUE (action_id, incident_id, action)
  );
  CREATE INDEX audit_incident ON audit (incident_id);
  CREATE TRIGGER audit_never_updated BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
  CREATE TRIGGER audit_never_deleted BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

  CREATE TABLE snapshot (
    sequence INTEGER PRIMARY KEY, held_from_sequence INTEGER NOT NULL, engine TEXT NOT NULL,
    rule_set_hash TEXT NOT NULL, settings_hash TEXT NOT NULL, received_at INTEGER NOT NULL,
    blocks TEXT NOT NULL, state BLOB NOT NULL
  );
  CREATE TABLE snapshot_block (name TEXT PRIMARY KEY, bytes BLOB NOT NULL);

  CREATE TABLE dead_letter (
    number INTEGER PRIMARY KEY, at INTEGER NOT NULL, code TEXT NOT NULL, detail TEXT NOT NULL,
    cluster TEXT NOT NULL, sequence INTEGER NOT NULL, record_index INTEGER NOT NULL,
    raw_bytes INTEGER NOT NULL, raw BLOB, UNIQUE (sequence, record_index)
  );
  CREATE TABLE core_fault (
    number INTEGER PRIMARY KEY, at INTEGER NOT NULL, room TEXT NOT NULL, rule_id TEXT,
    record_hash TEXT, sequence INTEGER NOT NULL, record_sequence INTEGER, record_index INTEGER,
    message TEXT NOT NULL, stack TEXT NOT NULL
  );
  `,
  `
  -- The end of the audit chain, so that a removed newest entry is missed as well.
  INSERT INTO meta SELECT 'audit_rows', count(*) FROM audit;
  INSERT INTO meta SELECT 'audit_head',
    ifnull((SELECT hash FROM audit ORDER BY sequence DESC LIMIT 1), printf('%064d', 0));
  `,
  `
  -- When sensors were blind, or may have been; from_time and to_time are event time.
  CREATE TABLE coverage_gap (
    id TEXT PRIMARY KEY, cluster TEXT NOT NULL, node TEXT NOT NULL, sensor TEXT NOT NULL,
    reason TEXT NOT NULL, from_time INTEGER NOT NULL, to_time INTEGER NOT NULL, lost INTEGER,
    json TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX coverage_gap_node ON coverage_gap (cluster, node, to_time);
  CREATE INDEX coverage_gap_end ON coverage_gap (to_time);
  -- How far a source was read, written with the journal row that holds what was read.
  CREATE TABLE source_position (source TEXT PRIMARY KEY, position TEXT NOT NULL) WITHOUT ROWID;
  `,
];
