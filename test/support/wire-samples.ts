// The samples of fixtures/streams: one of every event that the sensors send, as they write it.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const STREAMS = join(import.meta.dirname, '../../fixtures/streams');

export interface WireSample {
  /** File and line, for the name of a test. */
  readonly name: string;
  readonly sensor: string;
  readonly text: string;
  readonly record: Readonly<Record<string, unknown>>;
}

/** Every line of every file that holds one event a line. */
export function wireSamples(): readonly WireSample[] {
  return readdirSync(STREAMS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name: sensor }) => samplesOf(sensor));
}

function samplesOf(sensor: string): WireSample[] {
  const folder = join(STREAMS, sensor);
  return readdirSync(folder)
    .filter((file) => file.endsWith('.ndjson'))
    .toSorted()
    .flatMap((file) => {
      const lines = readFileSync(join(folder, file), 'utf8').split('\n');
      return lines.flatMap((text, index): WireSample[] => {
        if (text === '') return [];
        const record = JSON.parse(text) as WireSample['record'];
        return [{ name: `${sensor}/${file}:${String(index + 1)}`, sensor, text, record }];
      });
    });
}
