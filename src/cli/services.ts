import type * as app from '../app.ts';
import type { inspectDatabase } from '../inspect-database.ts';
import type { testRules } from '../run-rule-tests.ts';
import type { StoreReader } from '../store/ports.ts';
import type { LogLevel } from '../telemetry/log.ts';
import type { Terminal } from './terminal.ts';

/** What the commands need of the program behind them; `main.ts` brings the real ones. */
export interface Services {
  readonly startServer: typeof app.startServer;
  readonly replayFiles: typeof app.replayFiles;
  readonly rebuildDatabase: typeof app.rebuildDatabase;
  readonly verifyDatabase: typeof app.verifyDatabase;
  readonly inspectDatabase: typeof inspectDatabase;
  /** Opens a database for reading only, beside a server that writes it if need be. */
  readonly openReader: (file: string) => Promise<StoreReader>;
  readonly testRules: typeof testRules;
  readonly checkRules: (directory: string) => Promise<RulesReport>;
  /** Writes to standard error what is at least so grave. */
  readonly createLog: (level: LogLevel) => app.AppOptions['log'];
  readonly version: string;
  /** Folder of this installation, where the scenarios of the demo are. */
  readonly root: string;
}

export interface RulesReport {
  readonly rules: readonly {
    readonly id: string;
    readonly title: string;
    readonly kind: string;
    readonly level: string;
    readonly path: string;
  }[];
  readonly problems: readonly {
    readonly path: string;
    readonly ruleTitle: string;
    readonly message: string;
  }[];
}

/** Handed to every command. */
export interface CommandContext {
  readonly services: Services;
  readonly terminal: Terminal;
  /** Sets the code the program will end with, unless a failure says otherwise. */
  setExitCode(code: number): void;
  /** Calls the handler once when the process is asked to end, and ends it when that is done. */
  onShutdown(handler: () => Promise<void>): void;
}

/** The options that several commands have in common. */
export interface CommonFlags {
  readonly config?: string;
  readonly rules?: string;
  readonly db?: string;
  readonly json?: boolean;
}
