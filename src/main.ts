// The command line of a real process: brings together what the commands need and runs one of them.
import { fileURLToPath } from 'node:url';
import { rebuildDatabase, replayFiles, startServer, verifyDatabase, VERSION } from './app.ts';
import { checkRules } from './cli/check-rules.ts';
import { onShutdown } from './cli/on-shutdown.ts';
import { runProgram } from './cli/run-program.ts';
import { createTerminal } from './cli/terminal.ts';
import { inspectDatabase } from './inspect-database.ts';
import { testRules } from './run-rule-tests.ts';
import { openStoreReader } from './store/open-store.ts';
import { createLogger } from './telemetry/log.ts';

const terminal = createTerminal(process);

process.exitCode = await runProgram({
  args: process.argv.slice(2),
  terminal,
  services: {
    startServer,
    replayFiles,
    rebuildDatabase,
    verifyDatabase,
    inspectDatabase,
    openReader: openStoreReader,
    testRules,
    checkRules,
    createLog: (level) => createLogger({ level }),
    version: VERSION,
    root: fileURLToPath(new URL('..', import.meta.url)),
  },
  onShutdown: (handler) => onShutdown(terminal, handler),
});
