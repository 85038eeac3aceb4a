import { ConfigError } from '../config/config-error.ts';
import { InputError } from '../ingest/input-error.ts';
import { StoreError, type StoreErrorCode } from '../store/store-error.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

/** A command ends early: what to tell the person in front of it, and the exit code. */
export class CliFailure extends Error {
  override readonly name = 'CliFailure';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

const STORE_EXITS: Readonly<Record<StoreErrorCode, ExitCode>> = {
  'disk-full': EXIT.tryAgain,
  busy: EXIT.tryAgain,
  locked: EXIT.tryAgain,
  corrupt: EXIT.badData,
  'not-eyrie': EXIT.badData,
  'newer-version': EXIT.badData,
  'foreign-writer': EXIT.badData,
  'bad-page-token': EXIT.usage,
  closed: EXIT.internal,
  unknown: EXIT.internal,
};

/** System errors of files that somebody named on the command line. */
const FILE_ERRORS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such file'],
  ['EACCES', 'it may not be read'],
  ['EISDIR', 'it is a folder'],
  ['ENOTDIR', 'a part of its path is no folder'],
  ['Z_DATA_ERROR', 'it is no valid gzip'],
  ['Z_BUF_ERROR', 'its gzip ends too early'],
]);

interface SystemError extends Error {
  readonly code: string;
  readonly path?: string;
  readonly syscall?: string;
  readonly address?: string;
  readonly hostname?: string;
  readonly port?: number;
}

const isSystemError = (error: unknown): error is SystemError =>
  error instanceof Error && 'code' in error && typeof error.code === 'string';

/** Puts whatever a command threw into a message and an exit code; null means a fault of ours. */
export function toCliFailure(error: unknown): CliFailure | null {
  if (error instanceof CliFailure) return error;
  if (error instanceof ConfigError) return new CliFailure(EXIT.usage, error.message);
  if (error instanceof StoreError) return new CliFailure(STORE_EXITS[error.code], error.message);
  if (error instanceof InputError) return new CliFailure(EXIT.badData, error.message);
  if (!isSystemError(error)) return null;
  if (error.syscall === 'listen' || error.syscall === 'getaddrinfo') return addressFailure(error);
  const reason = FILE_ERRORS.get(error.code);
  if (reason !== undefined) {
    return new CliFailure(EXIT.badData, `${error.path ?? 'The file'}: ${reason}`);
  }
  if (error.code === 'ENOSPC') return new CliFailure(EXIT.tryAgain, 'The disk is full.');
  return null;
}

/** Why nobody can listen on an address. */
const ADDRESS_ERRORS: ReadonlyMap<string, string> = new Map([
  ['EADDRNOTAVAIL', 'this machine has no such address'],
  ['ENOTFOUND', 'there is no such host'],
  ['EAI_AGAIN', 'the name of the host can not be resolved now'],
  ['EACCES', 'this port is open to the administrator only; choose another one with --port'],
]);

function addressFailure(error: SystemError): CliFailure | null {
  const { address, hostname, port, code } = error;
  const host = address ?? hostname ?? 'The address';
  const where = port === undefined || port === 0 ? host : `${host}:${port}`;
  if (code === 'EADDRINUSE') {
    const message = `${where} is in use already. Choose another port with --port.`;
    return new CliFailure(EXIT.tryAgain, message);
  }
  const reason = ADDRESS_ERRORS.get(code);
  return reason === undefined ? null : new CliFailure(EXIT.usage, `${where}: ${reason}`);
}
