import type { TestContext } from 'vitest';
import { startServer, type Testing } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import type { RunningServer } from '../../src/running-server.ts';
import { SILENT_LOGGER } from '../../src/telemetry/log.ts';
import { getJson } from '../support/post-events.ts';
import { createTemporaryFiles, type TemporaryFiles } from '../support/temporary-files.ts';

export interface TestServer extends RunningServer {
  readonly databaseFile: string;
  readonly files: TemporaryFiles;
}

export interface TestServerOptions {
  /** Of a server that was stopped: this one goes on with its database. */
  readonly files?: TemporaryFiles;
  readonly environment?: Readonly<Record<string, string>>;
  readonly testing?: Testing;
  /** Files to follow. */
  readonly follow?: readonly string[];
}

/** A real server in this process, on a free port and a database of its own. */
export async function openServer(
  { onTestFinished }: TestContext,
  options: TestServerOptions = {},
): Promise<TestServer> {
  const {
    files = temporaryFiles(onTestFinished),
    environment = {},
    testing = {},
    follow,
  } = options;
  const databaseFile = files.path('serve.sqlite');
  const config = loadConfig({
    flags: { port: 0, db: databaseFile, rules: files.rulesDirectory, follow },
    environment,
    directory: files.rulesDirectory,
  });
  const server = await startServer({ config, podDumps: [], log: SILENT_LOGGER, testing });
  onTestFinished(() => server.stop());
  return { ...server, databaseFile, files };
}

function temporaryFiles(onTestFinished: TestContext['onTestFinished']): TemporaryFiles {
  const files = createTemporaryFiles();
  // The hooks of a test run in reverse, so this is done when its servers are stopped.
  onTestFinished(() => files.remove());
  return files;
}

export interface ShownIncident {
  readonly id: string;
  readonly title: string;
  readonly severity: string;
}

export async function listIncidents(url: string): Promise<readonly ShownIncident[]> {
  const page = await getJson<{ items: readonly ShownIncident[] }>(`${url}/v1/incidents`);
  return page.items;
}

export interface ShownStatus {
  readonly events: Readonly<Record<string, number>>;
  readonly held: { readonly events: number };
  readonly intake: { readonly bytes: number };
  readonly lastSnapshot: { readonly sequence: number } | null;
}

export const getStatus = (url: string): Promise<ShownStatus> => getJson(`${url}/v1/status`);
