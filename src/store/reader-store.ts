// What the reader thread does: all queries, on a connection that can not write.
import { openForReading } from './database.ts';
import { createCoverageQueries } from './read-coverage.ts';
import { createListEvents } from './read-events.ts';
import { createListIncidentEvents } from './read-incident-events.ts';
import { createIncidentQueries } from './read-incidents.ts';
import { createStatusQueries } from './read-status.ts';
import { createStoryQueries } from './read-story.ts';
import type { ReaderStore } from './reader-calls.ts';

/** Opens the database for reading. Throws a StoreError if it can not be used. */
export function openReaderStore(file: string): ReaderStore {
  const db = openForReading(file);
  const incidents = createIncidentQueries(db);
  const story = createStoryQueries(db);
  const status = createStatusQueries(db, file);
  const coverage = createCoverageQueries(db);
  const listEvents = createListEvents(db);
  const listIncidentEvents = createListIncidentEvents(db);
  return {
    listIncidents: (scope, filter, page) => incidents.list(scope, filter, page),
    getIncident: (scope, reference) => incidents.get(scope, reference),
    listFindings: (scope, id) => story.findings(incidents.family(scope, id)),
    listChanges: (scope, id) => story.changes(incidents.family(scope, id)),
    timeline: (scope, id) => story.timeline(incidents.family(scope, id)),
    incidentEvents: (scope, id, page) => listIncidentEvents(incidents.family(scope, id), page),
    listEvents,
    listAudit: (scope, id) => story.audit(incidents.family(scope, id)),
    listDeadLetters: (scope, page) => status.deadLetters(scope, page),
    listCoverage: (scope, filter, page) => coverage.list(scope, filter, page),
    incidentCoverage(scope, id) {
      const incident = incidents.get(scope, id);
      if (incident === null) return [];
      const { firstTime, lastTime } = incident;
      return coverage.around(scope, { ids: incidents.family(scope, id), firstTime, lastTime });
    },
    countCoverage: (scope, since) => coverage.count(scope, since),
    status: (scope) => status.status(scope),
    close() {
      db.close();
    },
  };
}
