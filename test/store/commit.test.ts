import { describe, expect, test } from 'vitest';
import type { Part } from '../../src/model/part.ts';
import type { CoreFault, FaultReport } from '../../src/store/ports.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { verifyJournal } from '../../src/store/verify-journal.ts';
import {
  batchOf,
  contextOf,
  eventBatch,
  eventsOrigin,
  EVERYTHING,
  FIRST_PAGE,
  partOf,
  sampleAudit,
  sampleEvent,
  sampleFinding,
  sampleIncident,
  T0,
} from './sample-batch.ts';
import { collect, openReader, openWriter, tempFile } from './temp-database.ts';

/** A batch of one event with a finding in an incident. */
function raisedBatch(sequence: number, incident = sampleIncident('cart')) {
  const batch = eventBatch(sequence, [{}]);
  const [sample] = batch.samples;
  if (sample === undefined) throw new Error('The batch has no event.');
  const finding = sampleFinding(sample.event);
  return {
    ...batch,
    placed: [{ finding, incidentId: incident.id }],
    incidents: [incident],
    changes: [
      {
        incidentId: incident.id,
        reason: 'opened' as const,
        at: T0,
        cause: finding.id,
        sentence: 'Opened.',
      },
    ],
    finding,
    incident,
    sample,
  };
}

const failedChecks = (file: string) => verifyJournal(file).filter((check) => !check.ok);

describe('commit', () => {
  test('keeps the raw records, the finding, the incident and its event', async () => {
    const file = tempFile();
    const writer = await openWriter(file);
    const batch = raisedBatch(1);
    const committed = await writer.commit(batch, contextOf());
    const reader = await openReader(file);

    expect(committed).toMatchObject({ sequence: 1 });
    expect(committed.storedBytes).toBeGreaterThan(0);
    expect(await writer.lastSequence()).toBe(1);
    expect(await reader.listFindings(EVERYTHING, batch.incident.id)).toEqual([batch.finding]);
    expect(await reader.getIncident(EVERYTHING, '1')).toEqual({
      ...batch.incident,
      number: 1,
      revision: 1,
      createdAt: T0,
      updatedAt: T0,
    });
    const events = await reader.incidentEvents(EVERYTHING, batch.incident.id, FIRST_PAGE);
    expect(events.items).toMatchObject([
      { eventId: batch.sample.event.id, source: 'evidence', raw: batch.sample.bytes.toString() },
    ]);
    expect(failedChecks(file)).toEqual([]);
  });

  test('leaves the caller its bytes', async () => {
    const writer = await openWriter(tempFile());
    const batch = eventBatch(1, [{}]);
    const before = Buffer.from(batch.samples[0]?.bytes ?? '');
    await writer.commit(batch, contextOf());
    expect(batch.samples[0]?.bytes.equals(before)).toBe(true);
  });

  test('numbers incidents in the order of their first appearance', async () => {
    const file = tempFile();
    const writer = await openWriter(file);
    const incidents = ['b', 'a', 'c'].map((name) => sampleIncident(name));
    await writer.commit(eventBatch(1, [{}], { incidents: incidents.slice(0, 2) }), contextOf());
    await writer.commit(eventBatch(2, [{}], { incidents }), contextOf());
    const reader = await openReader(file);
    for (const [index, incident] of incidents.entries()) {
      const found = await reader.getIncident(EVERYTHING, `INC-${index + 1}`);
      expect(found?.id).toBe(incident.id);
    }
  });

  test('counts a revision for every change and none for writing the same again', async () => {
    const file = tempFile();
    const writer = await openWriter(file);
    const reader = await openReaderAfter(writer, file);
    await writer.commit(eventBatch(2, [{}], { incidents: [sampleIncident('cart')] }), contextOf());
    const risen = sampleIncident('cart', { risk: 80, severity: 'critical' });
    const later = contextOf({ wallTime: T0 + 9 });
    await writer.commit(eventBatch(3, [{}], { incidents: [risen] }), later);
    expect(await reader.getIncident(EVERYTHING, '1')).toMatchObject({
      risk: 80,
      revision: 2,
      createdAt: T0,
      updatedAt: T0 + 9,
    });
  });

  test('settles pipelined commits in their order, each behind its own transaction', async () => {
    const writer = await openWriter(tempFile());
    const settled: number[] = [];
    const commits = [1, 2, 3, 4, 5].map(async (sequence) => {
      const { sequence: stored } = await writer.commit(eventBatch(sequence, [{}]), contextOf());
      settled.push(stored);
    });
    await Promise.all(commits);
    expect(settled).toEqual([1, 2, 3, 4, 5]);
    expect(await writer.lastSequence()).toBe(5);
  });

  test('refuses a row that does not follow the last one', async () => {
    const writer = await openWriter(tempFile());
    await writer.commit(eventBatch(1, [{}]), contextOf());
    const failure = writer.commit(eventBatch(3, [{}]), contextOf());
    await expect(failure).rejects.toMatchObject({ name: 'StoreError', code: 'foreign-writer' });
    await expect(writer.commit(eventBatch(2, [{}]), contextOf())).resolves.toMatchObject({
      sequence: 2,
    });
  });

  test('begins a fresh database at any sequence, as a rebuild needs it', async () => {
    const file = tempFile();
    const writer = await openWriter(file);
    await writer.commit(eventBatch(41, [{}]), contextOf());
    await writer.commit(eventBatch(42, [{}]), contextOf());
    expect(await writer.lastSequence()).toBe(42);
  });

  test('rejects every call after it was closed', async () => {
    const writer = await openWriter(tempFile());
    await writer.close();
    await expect(writer.lastSequence()).rejects.toBeInstanceOf(StoreError);
    await expect(writer.close()).resolves.toBeUndefined();
  });
});

async function openReaderAfter(writer: Awaited<ReturnType<typeof openWriter>>, file: string) {
  await writer.commit(eventBatch(1, [{}]), contextOf());
  return openReader(file);
}

describe('judging a row again', () => {
  test('changes nothing when the result is the same', async () => {
    const file = tempFile();
    const writer = await openWriter(file);
    const incident = sampleIncident('cart');
    const batch = { ...raisedBatch(1, incident), audit: [sampleAudit(incident.id, 'action-1')] };
    await writer.commit(batch, contextOf());
    const reader = await openReader(file);
    const before = await everything(reader, incident.id);
    await writer.commit(batch, contextOf({ newRow: false }));
    expect(await everything(reader, incident.id)).toEqual(before);
    expect(failedChecks(file)).toEqual([]);
  });

  test('puts a different result in the place of the old one and counts it', async () => {
    const file = tempFile();
    const writer = await openWriter(file);
    const incident = sampleIncident('cart');
    await writer.commit(raisedBatch(1, incident), contextOf());
    const again = { ...raisedBatch(1, { ...incident, risk: 10 }), changes: [] };
    await writer.commit(again, contextOf({ newRow: false }));
    const reader = await openReader(file);
    const status = await reader.status(EVERYTHING);
    expect(status).toMatchObject({ outputsDiffered: 1, events: { accepted: 1, received: 1 } });
    expect(await reader.listChanges(EVERYTHING, incident.id)).toEqual([]);
    expect(await reader.getIncident(EVERYTHING, '1')).toMatchObject({ risk: 10, revision: 2 });
    for await (const row of writer.readJournal(0)) {
      expect(row.outputHash).toBe(writer.outputHash(again));
    }
  });

  test('counts a row that the core failed on only when it is judged', async () => {
    const file = tempFile();
    const writer = await openWriter(file);
    const batch = raisedBatch(1);
    const fault = sampleFault(1, 0);
    await writer.recordFault(faultReport(fault, batch.parts, [0]));
    const reader = await openReader(file);
    expect((await reader.status(EVERYTHING)).events.received).toBe(0);
    await writer.commit(batch, contextOf({ newRow: false, faultIndexes: [0] }));
    const status = await reader.status(EVERYTHING);
    expect(status).toMatchObject({ events: { accepted: 1 }, coreFaults: 1, outputsDiffered: 0 });
    expect(failedChecks(file)).toEqual([]);
  });
});

const sampleFault = (sequence: number, index: number | null): CoreFault => ({
  at: T0,
  room: 'detect',
  ruleId: null,
  recordHash: 'abc',
  sequence,
  record: index === null ? null : { sequence, index },
  message: 'boom',
  stack: 'at match',
});

const faultReport = (
  fault: CoreFault,
  parts: readonly Part[],
  faultIndexes: readonly number[] = [],
): FaultReport => ({ fault, parts, context: contextOf({ faultIndexes }), elsewhere: [] });

async function everything(reader: Awaited<ReturnType<typeof openReader>>, incidentId: string) {
  return {
    incident: await reader.getIncident(EVERYTHING, incidentId),
    findings: await reader.listFindings(EVERYTHING, incidentId),
    changes: await reader.listChanges(EVERYTHING, incidentId),
    audit: await reader.listAudit(EVERYTHING, incidentId),
    events: await reader.incidentEvents(EVERYTHING, incidentId, FIRST_PAGE),
    ledger: (await reader.status(EVERYTHING)).events,
  };
}

describe('a fault of the core', () => {
  test('keeps the raw row without a result and the record as a dead letter', async () => {
    const file = tempFile();
    const writer = await openWriter(file);
    const batch = raisedBatch(1);
    await writer.recordFault(faultReport(sampleFault(1, 0), batch.parts, [0]));
    const rows = await collect(writer.readJournal(0));
    expect(rows).toMatchObject([{ sequence: 1, outputHash: null, faultIndexes: [0] }]);
    expect(await writer.readFaults()).toEqual([sampleFault(1, 0)]);
    const reader = await openReader(file);
    const letters = await reader.listDeadLetters(EVERYTHING, FIRST_PAGE);
    expect(letters.items).toMatchObject([
      { id: '1-0', code: 'core-fault', raw: batch.sample.bytes.toString() },
    ]);
  });

  test('may put records in front of the row; what was known moves with it', async () => {
    const writer = await openWriter(tempFile());
    const batch = raisedBatch(1);
    await writer.recordFault(faultReport(sampleFault(1, 0), batch.parts, [0]));
    const disable = partOf([Buffer.from('{"kind":"rule-disabled"}')], { kind: 'rules' });
    await writer.recordFault(faultReport(sampleFault(1, null), [disable, ...batch.parts]));
    const [row] = await collect(writer.readJournal(0));
    expect(row?.faultIndexes).toEqual([1]);
    expect(row?.parts.map((part) => part.origin.kind)).toEqual(['rules', 'events']);
  });
});

describe('copies and refused records', () => {
  test('counts copies of evidence, whenever they arrive', async () => {
    const file = tempFile();
    const writer = await openWriter(file);
    const first = raisedBatch(1);
    const copy = { outcome: 'duplicate' as const, event: first.sample.event };
    const twice = {
      ...first,
      parts: [...first.parts, ...first.parts],
      arrivals: [...first.arrivals, copy],
    };
    await writer.commit(twice, contextOf());
    const later = batchOf(2, [partOf([first.sample.bytes])], { arrivals: [copy] });
    await writer.commit(later, contextOf());
    await writer.commit(later, contextOf({ newRow: false }));
    const reader = await openReader(file);
    const events = await reader.incidentEvents(EVERYTHING, first.incident.id, FIRST_PAGE);
    expect(events.items).toMatchObject([{ occurrences: 3 }]);
    expect((await reader.status(EVERYTHING)).events).toMatchObject({ accepted: 1, duplicate: 2 });
  });

  test('lists refused records with code, reason and bytes', async () => {
    const file = tempFile();
    const writer = await openWriter(file);
    const good = sampleEvent({ sequence: 1, index: 1 });
    const bad = Buffer.from('{"broken');
    const rejection = { code: 'invalid-json' as const, detail: 'It ends inside a string.' };
    const part = partOf([bad, good.bytes, Buffer.from('log')], eventsOrigin('prod'));
    await writer.commit(
      batchOf(1, [part], {
        arrivals: [
          { outcome: 'rejected', rejection },
          { outcome: 'accepted', event: good.event },
          { outcome: 'skipped', reason: 'log-line' },
        ],
      }),
      contextOf(),
    );
    const reader = await openReader(file);
    const prod = { clusters: ['prod'] };
    expect((await reader.listDeadLetters(prod, FIRST_PAGE)).items).toEqual([
      {
        id: '1-0',
        at: T0,
        ...rejection,
        journal: { sequence: 1, index: 0 },
        raw: bad.toString(),
      },
    ]);
    const elsewhere = { clusters: ['test'] };
    expect((await reader.listDeadLetters(elsewhere, FIRST_PAGE)).items).toEqual([]);
    const { events } = await reader.status(prod);
    expect(events).toMatchObject({ received: 3, accepted: 1, rejected: 1, skipped: 1 });
    expect(failedChecks(file)).toEqual([]);
  });
});
