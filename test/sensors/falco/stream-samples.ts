// The events of fixtures/streams/falco, one valid sample of everything that is read.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { splitBody } from '../../../src/ingest/split-records.ts';
import type { SecurityEvent } from '../../../src/model/security-event.ts';
import { eventOf } from '../samples.ts';

const FOLDER = join(import.meta.dirname, '../../../fixtures/streams/falco');

/** Names of the files, without their ending. */
export const streamNames = (): string[] =>
  readdirSync(FOLDER)
    .filter((name) => name.endsWith('.ndjson'))
    .map((name) => name.slice(0, -'.ndjson'.length))
    .toSorted();

/** The records of a file, as bytes. */
export const recordsOf = (name: string): Uint8Array[] =>
  splitBody(readFileSync(join(FOLDER, `${name}.ndjson`)));

/** The records of a file as events, all of which must be accepted. */
export const eventsOf = (name: string): SecurityEvent[] =>
  recordsOf(name).map((bytes) => eventOf(bytes));
