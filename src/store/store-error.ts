import type { CommitFailure } from './ports.ts';

/** Why the store refused. A closed list, so that callers can decide by it. */
export type StoreErrorCode =
  | CommitFailure
  | 'locked' // Another process owns the file.
  | 'not-eyrie' // Not a database, or one of another program.
  | 'newer-version' // Written by a newer Eyrie.
  | 'bad-page-token' // Damaged, or of another query.
  | 'closed'; // The thread behind the port has ended.

export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const hasCode = (error: unknown): error is Error & { readonly code: string } =>
  error instanceof Error && 'code' in error && typeof error.code === 'string';

/** Puts any error, SQLite's included, into the words of the store. */
export function toStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new StoreError(hasCode(error) ? codeOf(error.code) : 'unknown', message, { cause: error });
}

function codeOf(code: string): StoreErrorCode {
  // A shared-memory file that can not grow is how SQLite words a full disk in WAL mode.
  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'SQLITE_IOERR_SHMSIZE') {
    return 'disk-full';
  }
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) return 'busy';
  if (/^SQLITE_(?:CORRUPT|NOTADB|IOERR)/.test(code)) return 'corrupt';
  return 'unknown';
}
