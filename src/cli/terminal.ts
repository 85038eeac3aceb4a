import { styleText } from 'node:util';
import type { Micros } from '../model/micros.ts';

export type Paint = 'red' | 'yellow' | 'cyan' | 'gray' | 'bold' | 'green' | 'magenta';

/** Everything a command touches of the process it runs in, so that tests can bring their own. */
export interface Terminal {
  /** To standard output: the answer, and nothing else. */
  print(text: string): void;
  /** To standard error: progress, warnings, failures. */
  note(text: string): void;
  /** Colors text where colors are wanted. */
  readonly paint: (text: string, paint: Paint) => string;
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Where progress bars go; null when standard error is no terminal. */
  readonly progressStream: NodeJS.WritableStream | null;
  readonly columns: number;
  /** Is standard output read by somebody at a terminal? */
  readonly isTerminal: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where relative file names start. */
  readonly directory: string;
  readonly now: () => Micros;
  readonly sleep: (ms: number) => Promise<void>;
}

/** Where nobody looks at a terminal, lines may be long. */
const COLUMNS_DEFAULT = 180;

/** The terminal of a real process. Output that nobody reads any more (`| head`) ends it quietly. */
export function createTerminal(host: NodeJS.Process): Terminal {
  const { stdout, stderr, env } = host;
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      host.exit(0);
    });
  }
  const isColored = stdout.isTTY && (env['NO_COLOR'] ?? '') === '';
  return {
    print: (text) => void stdout.write(`${text}\n`),
    note: (text) => void stderr.write(`${text}\n`),
    paint: (text, paint) => (isColored ? styleText(paint, text, { validateStream: false }) : text),
    stdin: host.stdin,
    progressStream: stderr.isTTY ? stderr : null,
    columns: stdout.isTTY ? stdout.columns : COLUMNS_DEFAULT,
    isTerminal: stdout.isTTY,
    environment: env,
    directory: host.cwd(),
    now: () => Date.now() * 1000,
    sleep: async (ms) => {
      await new Promise((resolve) => {
        setTimeout(resolve, ms);
      });
    },
  };
}
