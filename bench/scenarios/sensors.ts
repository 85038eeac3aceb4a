import { runScript } from '../eyrie-process.ts';
import type { SensorsFigures } from '../sensors-loop.ts';
import type { BenchSetup } from './bench-files.ts';

/** More lines change the figures no further. */
const LINES_MAX = 500_000;

/** Decoding, validating, normalizing and the ids of events, beside `JSON.parse` in the same run. */
export async function benchSensors(setup: BenchSetup): Promise<SensorsFigures> {
  const lines = String(Math.min(setup.events, LINES_MAX));
  return (await runScript('sensors-loop.ts', [setup.streamFile, lines])) as SensorsFigures;
}
