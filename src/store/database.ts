import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { MIGRATIONS } from './migrations.ts';
import { StoreError, toStoreError } from './store-error.ts';

export type Db = Database.Database;

export type Durability = 'full' | 'os';

/** `Eyri` in ASCII: tells our files from those of other programs. */
const APPLICATION_ID = 0x45797269;

const PAGE_BYTES = 16_384;
const BUSY_TIMEOUT_MS = 250;
/** 32 MiB of pages: a checkpoint then takes tens of milliseconds, and the log stays short. */
const CHECKPOINT_PAGES = 2_000;
const WAL_KEEP_BYTES = 64 * 1024 * 1024;
/** The writer goes through the ends of some twenty trees with every batch, readers one query. */
const WRITER_CACHE_KIB = 16 * 1024;
const READER_CACHE_KIB = 8 * 1024;

/**
 * Opens the database for writing, creates it if there is none, and brings its schema up to date.
 *
 * @throws StoreError `not-eyrie`, `newer-version`, `corrupt` or `busy`. A file is never recreated.
 */
export function openForWriting(file: string, durability: Durability): Db {
  if (!existsSync(file)) createDatabase(file);
  const db = openChecked(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    db.pragma('journal_mode = WAL');
    db.pragma(`synchronous = ${durability === 'full' ? 'FULL' : 'NORMAL'}`);
    db.pragma(`journal_size_limit = ${WAL_KEEP_BYTES}`);
    db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    setConnectionPragmas(db, WRITER_CACHE_KIB);
    migrate(db);
    return db;
  } catch (error) {
    db.close();
    throw toStoreError(error);
  }
}

/** Opens an existing database for reading only. Throws as `openForWriting` does. */
export function openForReading(file: string): Db {
  if (!existsSync(file)) throw new StoreError('not-eyrie', `There is no database at ${file}.`);
  const db = openChecked(file, { timeout: BUSY_TIMEOUT_MS, readonly: true });
  try {
    setConnectionPragmas(db, READER_CACHE_KIB);
    const version = schemaVersion(db);
    if (version < MIGRATIONS.length) {
      throw new StoreError(
        'not-eyrie',
        `${file} has an older schema (${version}); start the service once to bring it up to date.`,
      );
    }
    return db;
  } catch (error) {
    db.close();
    throw toStoreError(error);
  }
}

/**
 * A new database is made under another name and renamed when it is whole, so that an empty or torn
 * file under the real name is always damage and never a start that was cut short.
 */
function createDatabase(file: string): void {
  const draft = `${file}.new`;
  rmSync(draft, { force: true });
  rmSync(`${draft}-journal`, { force: true });
  const db = new Database(draft);
  try {
    // One sync of the finished file, below, says as much as one after every statement.
    db.pragma('synchronous = OFF');
    db.pragma(`page_size = ${PAGE_BYTES}`);
    db.pragma('auto_vacuum = INCREMENTAL');
    db.pragma(`application_id = ${APPLICATION_ID}`);
    migrate(db);
  } finally {
    db.close();
  }
  syncPath(draft, 'r+');
  renameSync(draft, file);
  // Makes the new name survive a power loss. Windows can not open folders and needs no such call.
  if (process.platform !== 'win32') syncPath(dirname(file), 'r');
}

function syncPath(path: string, flags: 'r' | 'r+'): void {
  const handle = openSync(path, flags);
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function openChecked(file: string, options: Database.Options): Db {
  const stats = statSync(file);
  if (!stats.isFile()) throw new StoreError('not-eyrie', `${file} is a folder, not a database.`);
  if (stats.size === 0) {
    throw new StoreError('not-eyrie', `${file} is empty; restore it, or remove it to start anew.`);
  }
  const db = openFile(file, options);
  try {
    checkHeader(db, file);
    return db;
  } catch (error) {
    db.close();
    throw toStoreError(error);
  }
}

function openFile(file: string, options: Database.Options): Db {
  try {
    return new Database(file, options);
  } catch (error) {
    const { code, message } = toStoreError(error);
    // SQLite says no more than that a file it may not read "can not be opened".
    const known = code === 'unknown' ? 'not-eyrie' : code;
    throw new StoreError(known, `${file} can not be opened: ${message}.`, { cause: error });
  }
}

function checkHeader(db: Db, file: string): void {
  const id = readHeader(db, file);
  if (id !== APPLICATION_ID) {
    throw new StoreError('not-eyrie', `${file} is a database of another program.`);
  }
  const version = schemaVersion(db);
  if (version > MIGRATIONS.length) {
    throw new StoreError(
      'newer-version',
      `${file} has schema ${version}, this Eyrie knows ${MIGRATIONS.length}; update Eyrie.`,
    );
  }
}

function readHeader(db: Db, file: string): unknown {
  try {
    return db.pragma('application_id', { simple: true });
  } catch (error) {
    if (toStoreError(error).code !== 'corrupt') throw error;
    throw new StoreError('not-eyrie', `${file} is no readable database; restore it.`, {
      cause: error,
    });
  }
}

const schemaVersion = (db: Db): number => Number(db.pragma('user_version', { simple: true }));

function setConnectionPragmas(db: Db, cacheKib: number): void {
  db.pragma('temp_store = MEMORY');
  db.pragma(`cache_size = -${cacheKib}`);
  // Without it `INSERT OR REPLACE` would slip past the triggers that keep the audit log whole.
  db.pragma('recursive_triggers = ON');
}

function migrate(db: Db): void {
  for (let version = schemaVersion(db); version < MIGRATIONS.length; version += 1) {
    const apply = db.transaction(() => {
      db.exec(MIGRATIONS[version] ?? '');
      db.pragma(`user_version = ${version + 1}`);
    });
    apply.immediate();
  }
}
