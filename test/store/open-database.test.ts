import { readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { openForReading, openForWriting } from '../../src/store/database.ts';
import { readAuditHead, readMeta } from '../../src/store/meta.ts';
import { openLocal } from './local-store.ts';
import { openWriter, tempFile } from './temp-database.ts';

test('a new database has large pages, shrinks, and is ours', () => {
  const db = openForWriting(tempFile(), 'full');
  const pragma = (name: string): unknown => db.pragma(name, { simple: true });
  expect(pragma('page_size')).toBe(16_384);
  expect(pragma('auto_vacuum')).toBe(2);
  expect(pragma('journal_mode')).toBe('wal');
  expect(pragma('synchronous')).toBe(2);
  expect(pragma('recursive_triggers')).toBe(1);
  expect(pragma('application_id')).toBe(0x45797269);
  db.close();
});

test('the setting `os` leaves syncing to the operating system', () => {
  const db = openForWriting(tempFile(), 'os');
  expect(db.pragma('synchronous', { simple: true })).toBe(1);
  db.close();
});

const damage: readonly (readonly [string, (file: string) => void, string])[] = [
  ['an empty file', (file) => writeFileSync(file, ''), 'not-eyrie'],
  ['text', (file) => writeFileSync(file, 'hello '.repeat(9000)), 'not-eyrie'],
  ['a database of another program', makeForeign, 'not-eyrie'],
  ['a newer schema', makeNewer, 'newer-version'],
];

function makeForeign(file: string): void {
  const db = new Database(file);
  db.exec('CREATE TABLE theirs (a)');
  db.close();
}

function makeNewer(file: string): void {
  const db = openForWriting(file, 'os');
  db.pragma('user_version = 99');
  db.close();
}

test.each(damage)('%s is refused and left as it is', (_name, make, code) => {
  const file = tempFile();
  make(file);
  const before = readFileSync(file);
  expect(() => openForWriting(file, 'os')).toThrow(expect.objectContaining({ code }));
  expect(() => openForReading(file)).toThrow(expect.objectContaining({ code }));
  expect(readFileSync(file).equals(before)).toBe(true);
});

test('a folder is no database', () => {
  const folder = dirname(tempFile());
  expect(() => openForWriting(folder, 'os')).toThrow(
    expect.objectContaining({ name: 'StoreError', code: 'not-eyrie' }),
  );
  expect(() => openForReading(folder)).toThrow(
    expect.objectContaining({ name: 'StoreError', code: 'not-eyrie' }),
  );
});

test('a database made before the end of the audit was noted is brought up to date', () => {
  const file = tempFile();
  const old = openForWriting(file, 'os');
  old.exec("DELETE FROM meta WHERE key IN ('audit_rows', 'audit_head')");
  old.exec("INSERT INTO audit VALUES (1, 0, '', '', '', '', '', '', '', NULL, 'first', 'head')");
  old.exec('DROP TABLE coverage_gap; DROP TABLE source_position');
  old.pragma('user_version = 1');
  old.close();
  const db = openForWriting(file, 'os');
  expect(readMeta(db, 'audit_rows')).toBe(1);
  expect(readAuditHead(db)).toBe('head');
  db.close();
});

test('reading needs a database that is there', () => {
  expect(() => openForReading(tempFile())).toThrow(expect.objectContaining({ code: 'not-eyrie' }));
});

test('a start that was cut short before its first table is begun anew', () => {
  const file = tempFile();
  writeFileSync(`${file}.new`, 'half a page');
  openLocal({ file });
  expect(openForReading(file).close().open).toBe(false);
});

test('a second writer is refused until the first one is closed', async () => {
  const file = tempFile();
  const first = await openWriter(file);
  await expect(openWriter(file)).rejects.toMatchObject({ name: 'StoreError', code: 'locked' });
  await first.close();
  await expect(openWriter(file)).resolves.toBeDefined();
});
