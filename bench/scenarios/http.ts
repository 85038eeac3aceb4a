import { startServer, stopServer, runScript } from '../eyrie-process.ts';
import type { LoadFigures, LoadOptions } from '../load-generator.ts';
import type { ParseFigures } from '../json-parse-loop.ts';
import { databaseBytes, freshDatabase, removeDatabase, type BenchSetup } from './bench-files.ts';

export interface HttpFigures {
  readonly load: LoadFigures;
  readonly eventsPerSecond: number;
  readonly peakBytes: number;
  readonly databaseBytes: number;
  /** The yardstick right before this run, in lines per second. */
  readonly parsePerSecond: number;
  readonly shutdownSeconds: number;
  readonly exitCode: number | null;
}

type Shape = Pick<LoadOptions, 'recordsPerBody' | 'connections' | 'lines'>;

const WARM_UP_SECONDS = 4;

/** One event per POST, as Falco sends them, over 32 connections that are kept alive. */
export const benchHttpSingle = async (setup: BenchSetup): Promise<HttpFigures> =>
  benchHttp(setup, { recordsPerBody: 1, connections: 32, lines: 100_000 });

/** Bodies of 500 lines, as a shipper sends them. */
export const benchHttpNdjson = async (setup: BenchSetup): Promise<HttpFigures> =>
  benchHttp(setup, { recordsPerBody: 500, connections: 4, lines: 150_000 });

/** An otherwise idle server and one connection: what a single alert waits for its answer. */
export const benchHttpIdle = async (setup: BenchSetup): Promise<HttpFigures> =>
  benchHttp(setup, { recordsPerBody: 1, connections: 1, lines: 20_000 });

async function benchHttp(setup: BenchSetup, shape: Shape): Promise<HttpFigures> {
  const parse = (await runScript('json-parse-loop.ts', [setup.streamFile])) as ParseFigures;
  const db = freshDatabase(setup, 'http');
  const server = await startServer(['--db', db, '--pods', setup.podsFile]);
  const options: LoadOptions = {
    ...shape,
    url: server.url,
    file: setup.streamFile,
    warmUpSeconds: WARM_UP_SECONDS,
    seconds: setup.seconds,
  };
  const load = (await runScript('load-generator.ts', [JSON.stringify(options)])) as LoadFigures;
  const stopped = performance.now();
  const exitCode = await stopServer(server);
  const figures = {
    load,
    eventsPerSecond: (load.accepted + load.duplicate) / load.seconds,
    peakBytes: server.peakBytes(),
    databaseBytes: databaseBytes(db),
    parsePerSecond: parse.lines / parse.seconds,
    shutdownSeconds: (performance.now() - stopped) / 1000,
    exitCode,
  };
  removeDatabase(db);
  return figures;
}
