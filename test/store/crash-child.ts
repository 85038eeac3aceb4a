// Commits without end and says what was settled; the test kills it in the middle.
import { openStoreWriter } from '../../src/store/open-store.ts';
import { contextOf, eventBatch, sampleFinding, sampleIncident } from './sample-batch.ts';

const file = process.argv[2] ?? '';
const writer = await openStoreWriter({ file, durability: 'full' });
const PIPELINED = 3;
const underWay: Promise<unknown>[] = [];

for (let sequence = (await writer.lastSequence()) + 1; ; sequence += 1) {
  const incident = sampleIncident(`i${sequence % 7}`, { eventCount: sequence });
  const batch = eventBatch(sequence, [{}, {}, {}]);
  const placed = batch.samples.map(({ event }) => ({
    finding: sampleFinding(event),
    incidentId: incident.id,
  }));
  const commit = writer.commit({ ...batch, placed, incidents: [incident] }, contextOf());
  underWay.push(commit.then(({ sequence: stored }) => process.stdout.write(`${stored}\n`)));
  if (underWay.length >= PIPELINED) await underWay.shift();
}
