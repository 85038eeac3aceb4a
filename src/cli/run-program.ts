import { CommanderError } from 'commander';
import { toCliFailure } from './cli-failure.ts';
import { EXIT } from './exit-codes.ts';
import { createProgram } from './program.ts';
import type { CommandContext, Services } from './services.ts';
import type { Terminal } from './terminal.ts';

export interface ProgramOptions {
  /** Arguments without the program's own name. */
  readonly args: readonly string[];
  readonly services: Services;
  readonly terminal: Terminal;
  readonly onShutdown: CommandContext['onShutdown'];
}

/** Runs one command to its end. Never rejects: whatever happens becomes a message and an exit code. */
export async function runProgram(options: ProgramOptions): Promise<number> {
  const { services, terminal, onShutdown } = options;
  let exitCode: number = EXIT.ok;
  const program = createProgram({
    services,
    terminal,
    onShutdown,
    setExitCode: (code) => {
      exitCode = code;
    },
  });
  try {
    await program.parseAsync(options.args, { from: 'user' });
    return exitCode;
  } catch (error) {
    return failureCode(error, terminal);
  }
}

function failureCode(error: unknown, terminal: Terminal): number {
  // commander has said its own message already; help and version come this way too, with 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const failure = toCliFailure(error);
  if (failure !== null) {
    terminal.note(`eyrie: ${failure.message}`);
    return failure.exitCode;
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  terminal.note(`eyrie: a fault of Eyrie itself, please report it\n${detail}`);
  return EXIT.internal;
}
