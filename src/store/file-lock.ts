import Database from 'better-sqlite3';
import { StoreError, toStoreError } from './store-error.ts';

export interface FileLock {
  release(): void;
}

/**
 * Makes this process the only writer of a database: an exclusive transaction on a small file
 * beside it, open for life. The operating system lets go of it however the process ends.
 *
 * @throws StoreError `locked` if another process holds it.
 */
export function lockFile(file: string): FileLock {
  const lock = new Database(`${file}.lock`, { timeout: 0 });
  try {
    lock.pragma('journal_mode = DELETE');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    const { code } = toStoreError(error);
    if (code !== 'busy') throw toStoreError(error);
    throw new StoreError('locked', `${file} is in use by another Eyrie; stop that one first.`, {
      cause: error,
    });
  }
  return { release: () => lock.close() };
}
