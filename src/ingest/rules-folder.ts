import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stableId } from '../lib/stable-id.ts';
import type { RuleFile, RuleSetChange } from '../model/observation.ts';

/** Reads every `.yml` and `.yaml` below a folder into one rule set, in the order of their paths. */
export async function readRulesFolder(directory: string): Promise<RuleSetChange> {
  const names = await readdir(directory, { recursive: true });
  const paths = names
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => /\.ya?ml$/.test(name))
    .toSorted();
  const files = await Promise.all(paths.map((path) => readRuleFile(directory, path)));
  return {
    kind: 'rules',
    hash: stableId(files.flatMap((file) => [file.path, file.text])),
    files,
  };
}

async function readRuleFile(directory: string, path: string): Promise<RuleFile> {
  return { path, text: await readFile(join(directory, path), 'utf8') };
}
