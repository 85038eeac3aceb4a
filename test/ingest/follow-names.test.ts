import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { expandPath, isPattern, matchesPattern } from '../../src/ingest/follow-glob.ts';
import {
  decodePositions,
  encodePosition,
  forgetPosition,
  newFile,
  printOf,
} from '../../src/ingest/follow-position.ts';
import { isRotatedName } from '../../src/ingest/follow-siblings.ts';

describe('names of rotated files', () => {
  test.each([
    ['tetragon.log', 'tetragon-2026-01-02T03-04-05.000.log'],
    ['tetragon.log', 'tetragon-2026-01-02T03-04-05.000.log.gz'],
    ['tetragon.log', 'tetragon.log.1'],
    ['tetragon.log', 'tetragon.log.12.gz'],
    ['tetragon.log', 'tetragon.log-20260102'],
    ['tetragon.log', 'tetragon.log-20260102-1767323045.gz'],
    ['tetragon.log', 'tetragon.1.log'],
    ['tetragon.log', 'tetragon-20260102.log'],
    ['tetragon.log', 'tetragon.log.old'],
    ['tetragon.log', 'tetragon.log.gz'],
    ['0.log', '0.log.20260102-030405'],
    ['0.log', '0.log.20260102-030405.gz'],
    ['events', 'events.1'],
    ['events', 'events-20260102.gz'],
  ])('%s becomes %s', (base, name) => {
    expect(isRotatedName(name, base)).toBe(true);
  });

  test.each([
    ['tetragon.log', 'tetragon.log'],
    ['tetragon.log', 'falco.log'],
    ['tetragon.log', 'tetragon-export.log'],
    ['tetragon.log', 'tetragon-2.log'],
    ['tetragon.log', 'tetragon.log.tmp'],
    ['tetragon.log', 'tetragon.log.1.zst'],
    ['0.log', '1.log'],
    ['0.log', '10.log'],
    ['0.log', '0.log.20260102-030405.tmp'],
    ['events', 'events.json'],
  ])('%s does not become %s', (base, name) => {
    expect(isRotatedName(name, base)).toBe(false);
  });
});

const folderWith = (...names: readonly string[]): string => {
  const folder = mkdtempSync(join(tmpdir(), 'eyrie-glob-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'a'));
  mkdirSync(join(folder, 'b'));
  for (const name of names) writeFileSync(join(folder, name), '');
  return folder;
};

describe('patterns', () => {
  test('stand for what is there, folders and links too', async () => {
    const folder = folderWith('a/1.log', 'a/2.log', 'b/1.log', 'b/other.txt', 'a/.hidden.log');
    symlinkSync(join(folder, 'nowhere'), join(folder, 'b/link.log'));
    const found = async (pattern: string): Promise<readonly string[]> =>
      (await expandPath(join(folder, pattern))).map((path) => path.slice(folder.length + 1));
    expect(await found('*/*.log')).toEqual(['a/1.log', 'a/2.log', 'b/1.log', 'b/link.log']);
    expect(await found('a/?.log')).toEqual(['a/1.log', 'a/2.log']);
    expect(await found('[!b]/[1x].log')).toEqual(['a/1.log']);
    expect(await found('a/.*.log')).toEqual(['a/.hidden.log']);
    expect(await found('none/*.log')).toEqual([]);
    expect(await found('a/absent.log')).toEqual(['a/absent.log']);
  });

  test('signs that mean something elsewhere mean themselves', () => {
    expect(matchesPattern('/x/a+(b)|{c}.log', '/x/a+(b)|{c}*')).toBe(true);
    expect(matchesPattern('/x/aab.log', '/x/a+b.log*')).toBe(false);
    expect(matchesPattern('/x/a/b.log', '/x/*.log')).toBe(false);
    expect(matchesPattern('/x/[z-a]1', '/x/[z-a]?')).toBe(false);
    expect(matchesPattern(String.raw`/x/\d`, '/x/[d]*')).toBe(false);
    expect(isPattern('/var/log/tetragon.log')).toBe(false);
    expect(isPattern('/var/log/*.log')).toBe(true);
  });
});

describe('positions', () => {
  test('come back as they were, by path and in order', () => {
    const path = '/var/log/a#b.log';
    const one = { ...newFile(2, { id: '1:2', packed: false }), offset: 7, lines: 3 };
    one.head = printOf(Buffer.from('abc'));
    one.tail = { ...printOf(Buffer.from('bc')), end: 9 };
    const two = { ...newFile(10, { id: '1:3', packed: true }), done: true };
    const stored = [encodePosition(path, two), encodePosition(path, one)];
    const others = [{ source: 'kafka:topic#1', position: '5' }, forgetPosition('/x', one)];
    const known = decodePositions([...stored, ...others]);
    expect([...known]).toEqual([[path, [one, two]]]);
  });
});
