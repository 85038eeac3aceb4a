import closeWithGrace from 'close-with-grace';
import { LIMITS } from '../config/limits.ts';
import { EXIT } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/**
 * Ends the process in good order when it is asked to (SIGTERM, Ctrl-C): the handler first, then
 * exit code 0. A second signal, or a handler that takes too long, ends it at once; what was answered
 * is stored by then in any case.
 */
export function onShutdown(terminal: Terminal, handler: () => Promise<void>): void {
  closeWithGrace(
    {
      delay: LIMITS.shutdownMs,
      logger: { error: (message: unknown) => terminal.note(`eyrie: ${String(message)}`) },
      skip: ['beforeExit'],
    },
    async ({ err }) => {
      if (err === undefined) {
        await handler();
        return;
      }
      // State that an unknown fault has touched is better recovered than used for one more snapshot.
      terminal.note(
        `eyrie: a fault of Eyrie itself, please report it\n${err.stack ?? err.message}`,
      );
      process.exit(EXIT.internal);
    },
  );
}
