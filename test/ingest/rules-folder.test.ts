import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readRulesFolder } from '../../src/ingest/rules-folder.ts';

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'eyrie-rules-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('a mounted ConfigMap gives each of its files once', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, '..2026_05_11'));
  writeFileSync(join(folder, '..2026_05_11', 'a.yml'), 'title: a');
  symlinkSync('..2026_05_11', join(folder, '..data'));
  symlinkSync('..data/a.yml', join(folder, 'a.yml'));
  const { files } = await readRulesFolder(folder);
  expect(files).toEqual([{ path: 'a.yml', text: 'title: a' }]);
});

test('hidden files and folders named like rules are left out, subfolders are read', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'folder.yml'));
  mkdirSync(join(folder, 'sub', '.git'), { recursive: true });
  for (const path of ['.hidden.yml', 'sub/.git/x.yml', 'sub/b.yaml', 'c.txt', 'folder.yml/d.yml']) {
    writeFileSync(join(folder, path), path);
  }
  const { files } = await readRulesFolder(folder);
  expect(files.map((file) => file.path)).toEqual(['folder.yml/d.yml', 'sub/b.yaml']);
});
