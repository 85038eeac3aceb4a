import { fileURLToPath } from 'node:url';
import type { ReplayResult } from '../../src/app.ts';
import { runProgram } from '../../src/cli/run-program.ts';
import type { Services } from '../../src/cli/services.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import { SILENT_LOGGER } from '../../src/telemetry/log.ts';

export interface RunOptions {
  readonly services?: Partial<Services>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly stdin?: readonly string[];
  readonly nowMicros?: number;
  readonly directory?: string;
}

export interface RunResult {
  readonly code: number;
  readonly printed: string;
  readonly noted: string;
  /** How long the program asked to sleep, in milliseconds. */
  readonly slept: readonly number[];
}

const unexpected = (name: string) => async (): Promise<never> => {
  throw new TypeError(`${name} was not expected to be called`);
};

const NO_SERVICES: Services = {
  startServer: unexpected('startServer'),
  replayFiles: unexpected('replayFiles'),
  rebuildDatabase: unexpected('rebuildDatabase'),
  verifyDatabase: unexpected('verifyDatabase'),
  inspectDatabase: unexpected('inspectDatabase'),
  openReader: unexpected('openReader'),
  testRules: unexpected('testRules'),
  checkRules: unexpected('checkRules'),
  createLog: () => SILENT_LOGGER,
  version: '1.2.3',
  root: fileURLToPath(new URL('../..', import.meta.url)),
};

/** Runs the command line with a terminal that only remembers. */
export async function runCli(
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const printed: string[] = [];
  const noted: string[] = [];
  const slept: number[] = [];
  const terminal: Terminal = {
    print: (text) => void printed.push(text),
    note: (text) => void noted.push(text),
    paint: (text) => text,
    stdin: (async function* read() {
      for (const text of options.stdin ?? []) yield Buffer.from(text);
    })(),
    progressStream: null,
    columns: 160,
    isTerminal: false,
    environment: options.environment ?? {},
    directory: options.directory ?? '/nowhere',
    now: () => options.nowMicros ?? 0,
    sleep: async (ms) => void slept.push(ms),
  };
  const services = { ...NO_SERVICES, ...options.services };
  const code = await runProgram({ args, terminal, services, onShutdown: () => undefined });
  return { code, printed: printed.join('\n'), noted: noted.join('\n'), slept };
}

/** What a small replay might have found. */
export const REPLAY_RESULT: ReplayResult = {
  dbFile: '/nowhere/replay.sqlite',
  coverage: [],
  events: { received: 9, accepted: 7, duplicate: 1, rejected: 1, skipped: 0, late: 0 },
  incidents: [
    {
      id: 'bb',
      number: 1,
      severity: 'critical',
      risk: 90,
      title: 'Reverse shell in shop/web-1',
      entity: 'shop/web-1',
      state: 'new',
      firstTime: '2026-05-28T20:26:01.000000Z',
      lastTime: '2026-05-28T20:30:01.000000Z',
      eventCount: 4,
      tactics: ['execution'],
      findings: [
        {
          id: 'f1',
          rule: 'falco/Shell',
          time: '2026-05-28T20:26:01.000000Z',
          level: 'critical',
          eventIds: ['e1'],
        },
      ],
      reasons: [{ code: 'level', field: 'level', sentence: 'It is critical.' }],
    },
    {
      id: 'aa',
      number: 2,
      severity: 'low',
      risk: 20,
      title: 'Noise in tools/agent',
      entity: 'tools/agent',
      state: 'new',
      firstTime: '2026-05-28T20:20:00.000000Z',
      lastTime: '2026-05-28T20:20:00.000000Z',
      eventCount: 1,
      tactics: [],
      findings: [],
      reasons: [],
    },
  ],
};
