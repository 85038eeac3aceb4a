import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { verifyJournal } from '../../src/store/verify-journal.ts';
import { openLocal } from './local-store.ts';
import { tempFile } from './temp-database.ts';

const CHILD = fileURLToPath(new URL('crash-child.ts', import.meta.url));

/** Lets a writer commit until it has settled so many rows, kills it, and says what it settled. */
async function killAfter(file: string, rows: number): Promise<number> {
  const child = spawn(process.execPath, [CHILD, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  let settled = 0;
  child.stdout.on('data', (data: Buffer) => {
    text += data.toString();
    settled = text.split('\n').length - 1;
    if (settled >= rows) child.kill('SIGKILL');
  });
  await once(child, 'close');
  return Math.max(0, ...text.split('\n').slice(0, -1).map(Number));
}

test('a killed writer loses nothing it settled and leaves a sound file', async () => {
  const file = tempFile();
  let before = 0;
  for (const rows of [1, 23, 60]) {
    const settled = await killAfter(file, rows);
    expect(settled).toBeGreaterThan(before);
    const store = openLocal({ file });
    const last = store.writer.lastSequence();
    store.writer.close();
    expect(last).toBeGreaterThanOrEqual(settled);
    expect(verifyJournal(file).filter((check) => !check.ok)).toEqual([]);
    before = last;
  }
});
