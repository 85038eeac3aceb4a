// Runs the benchmarks and writes docs/BENCHMARKS.md:
//   npm run bench                                        everything, one million events
//   npm run bench -- --events 100000 --scenario replay   a quick look; --out - only prints
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeStream } from './generate-stream.ts';
import { describeMachine } from './machine.ts';
import { renderReport, type BenchResult } from './report.ts';
import type { BenchSetup } from './scenarios/bench-files.ts';
import { benchHttpIdle, benchHttpNdjson, benchHttpSingle } from './scenarios/http.ts';
import { benchReplay } from './scenarios/replay.ts';
import { benchRestart } from './scenarios/restart.ts';
import { benchSensors } from './scenarios/sensors.ts';

const SCENARIOS = [
  'sensors',
  'replay',
  'http-single',
  'http-ndjson',
  'http-idle',
  'restart',
] as const;
type Scenario = (typeof SCENARIOS)[number];

interface Options {
  readonly setup: BenchSetup;
  readonly scenarios: ReadonlySet<Scenario>;
  readonly out: string;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      events: { type: 'string', default: '1000000' },
      seed: { type: 'string', default: '7' },
      repeat: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '20' },
      folder: { type: 'string', default: join(tmpdir(), 'eyrie-bench') },
      scenario: { type: 'string', multiple: true, default: [...SCENARIOS] },
      out: { type: 'string', default: 'docs/BENCHMARKS.md' },
    },
  });
  const unknown = values.scenario.find((name) => !SCENARIOS.some((known) => known === name));
  if (unknown !== undefined) throw new Error(`No scenario ${unknown}: ${SCENARIOS.join(', ')}`);
  const { events, seed, folder } = values;
  return {
    scenarios: new Set(values.scenario as Scenario[]),
    out: values.out,
    setup: {
      folder,
      streamFile: join(folder, `stream-${seed}-${events}.ndjson`),
      podsFile: join(folder, `stream-${seed}-${events}-pods.json`),
      events: Number(events),
      seed: Number(seed),
      repeat: Number(values.repeat),
      seconds: Number(values.seconds),
    },
  };
}

/** The file of a seed and size is always the same, so one that is there is used again. */
function prepareStream({ folder, streamFile, podsFile, events, seed }: BenchSetup): void {
  mkdirSync(folder, { recursive: true });
  if (existsSync(streamFile) && existsSync(podsFile)) return;
  console.error(`Writing ${events} events to ${streamFile}`);
  writeStream({ seed, events }, { events: streamFile, pods: podsFile });
}

async function main(): Promise<void> {
  const { setup, scenarios, out } = readOptions();
  prepareStream(setup);
  const run = async <Figures>(
    name: Scenario,
    bench: (setup: BenchSetup) => Promise<Figures>,
  ): Promise<Figures | null> => {
    if (!scenarios.has(name)) return null;
    console.error(`Running ${name}`);
    const figures = await bench(setup);
    console.error(JSON.stringify(figures));
    return figures;
  };
  const result: BenchResult = {
    date: new Date().toISOString().slice(0, 10),
    setup,
    streamBytes: statSync(setup.streamFile).size,
    machine: describeMachine(setup.folder),
    sensors: await run('sensors', benchSensors),
    replay: await run('replay', benchReplay),
    httpSingle: await run('http-single', benchHttpSingle),
    httpNdjson: await run('http-ndjson', benchHttpNdjson),
    httpIdle: await run('http-idle', benchHttpIdle),
    restart: await run('restart', benchRestart),
  };
  const page = renderReport(result);
  if (out === '-') console.log(page);
  else writeFileSync(out, page);
}

await main();
