// The real server in a process of its own, for tests that kill it or make its core fail.
import { startServer } from '../../../src/app.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import type { ChildMessage, ChildOptions } from './child-protocol.ts';
import { plantFaults } from './plant-faults.ts';
import { earlyWriter, watchedWriter } from './watched-writer.ts';

const INTERNAL_FAULT = 70;
const options = JSON.parse(process.argv[2] ?? '{}') as ChildOptions;
const tell = (message: ChildMessage): void => {
  if (process.connected) process.send?.(message);
};

const config = loadConfig({
  flags: {
    host: '127.0.0.1',
    port: options.port,
    db: options.databaseFile,
    rules: options.rulesDirectory,
    follow: options.follow,
  },
  environment: { EYRIE_LATENESS_MS: String(options.latenessMs) },
  directory: options.rulesDirectory,
});
const wrap = options.writer === 'early' ? earlyWriter : watchedWriter;

try {
  const server = await startServer({
    config,
    podDumps: [],
    log: createLogger({ level: 'warn' }),
    testing: {
      snapshotEvents: options.snapshotEvents,
      wrapWriter: (writer) => wrap(writer, { tell, hold: options.hold }),
      wrapRooms: (rooms) => plantFaults(rooms, options.plants),
    },
  });
  process.once('SIGTERM', () => void server.stop());
  tell({ kind: 'ready', url: server.url });
  process.exitCode = await server.done;
} catch (error) {
  console.error(error);
  process.exitCode = INTERNAL_FAULT;
}
// Nothing else is ended by force: if the server left something open, the process stays and the
// test that waits for its end fails.
if (process.connected) process.disconnect?.();
