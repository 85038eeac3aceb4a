import type { StoreReader } from './ports.ts';
import type { ReaderCalls } from './reader-calls.ts';
import type { ThreadClient } from './thread-client.ts';

/** The port on the main thread: every method is one question to the thread behind it. */
export function createReaderClient(client: ThreadClient<ReaderCalls>): StoreReader {
  return {
    listIncidents: (...argument) => client.call('listIncidents', argument),
    getIncident: (...argument) => client.call('getIncident', argument),
    listFindings: (...argument) => client.call('listFindings', argument),
    listChanges: (...argument) => client.call('listChanges', argument),
    timeline: (...argument) => client.call('timeline', argument),
    incidentEvents: (...argument) => client.call('incidentEvents', argument),
    listEvents: (...argument) => client.call('listEvents', argument),
    listAudit: (...argument) => client.call('listAudit', argument),
    listDeadLetters: (...argument) => client.call('listDeadLetters', argument),
    listCoverage: (...argument) => client.call('listCoverage', argument),
    incidentCoverage: (...argument) => client.call('incidentCoverage', argument),
    countCoverage: (...argument) => client.call('countCoverage', argument),
    status: (...argument) => client.call('status', argument),
    close: () => client.close(),
  };
}
