import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TEST_RULES } from '../determinism/rules.ts';

export interface TemporaryFiles {
  readonly rulesDirectory: string;
  path(name: string): string;
  remove(): void;
}

/** A folder for one test, with the rules of the generated stories in it. */
export function createTemporaryFiles(): TemporaryFiles {
  const directory = mkdtempSync(join(tmpdir(), 'eyrie-test-'));
  const rulesDirectory = join(directory, 'rules');
  mkdirSync(rulesDirectory);
  for (const { path, text } of TEST_RULES.files) writeFileSync(join(rulesDirectory, path), text);
  return {
    rulesDirectory,
    path: (name) => join(directory, name),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
