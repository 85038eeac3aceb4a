import Fastify, { type FastifyBaseLogger } from 'fastify';
import { cutSecrets } from './cut-secrets.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * What the rest of Eyrie sees of the log. Texts of events never belong into the message, only into
 * fields, where JSON escapes them. WARN: unexpected, nothing lost. ERROR: something is lost or stuck.
 */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  /** Where the lines go; standard error if left out, because standard output is for results. */
  readonly stream?: { write(line: string): void };
}

/** Says nothing, for replays and tests. */
export const SILENT_LOGGER: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/**
 * One JSON object per line. The logger is pino, which comes with Fastify; it is made here by an
 * instance that serves nothing, so that everybody can log before the server exists.
 */
export function createLogger(options: LoggerOptions): FastifyBaseLogger {
  return Fastify({
    logger: {
      level: options.level,
      stream: options.stream ?? process.stderr,
      redact: { paths: REDACTED, censor: '[secret]' },
      serializers: { req: describeRequest, err: describeError },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      base: null,
    },
  }).log;
}

/** Fields that may hold credentials when somebody logs headers or settings as they are. */
const REDACTED = [
  'authorization',
  'secret',
  'token',
  'headers.authorization',
  'headers["x-eyrie-secret"]',
  'headers.cookie',
  'req.headers.authorization',
  'req.headers["x-eyrie-secret"]',
  'req.headers.cookie',
];

/** Method and URL without credentials; neither headers nor bodies are logged. */
function describeRequest(request: { readonly method: string; readonly url: string }) {
  return { method: request.method, url: cutSecrets(request.url) };
}

/** Kind, message and stack of an error, without credentials that a message may quote. */
function describeError(error: Error): { type: string; message: string; stack: string } {
  return {
    type: error.name,
    message: cutSecrets(error.message),
    stack: cutSecrets(error.stack ?? ''),
  };
}
