import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { stableId } from '../lib/stable-id.ts';
import type { RuleFile, RuleSetChange } from '../model/observation.ts';

/**
 * Reads every `.yml` and `.yaml` below a folder into one rule set, in the order of their paths.
 * Hidden names are left out: Kubernetes mounts a ConfigMap as links into hidden folders, which
 * would show each file three times.
 */
export async function readRulesFolder(directory: string): Promise<RuleSetChange> {
  const names = await readdir(directory, { recursive: true });
  const paths = names
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => /\.ya?ml$/.test(name) && !isHidden(name))
    .toSorted();
  const read = await Promise.all(paths.map((path) => readRuleFile(directory, path)));
  const files = read.filter((file) => file !== null);
  return {
    kind: 'rules',
    hash: stableId(files.flatMap((file) => [file.path, file.text])),
    files,
  };
}

const isHidden = (path: string): boolean => path.split('/').some((name) => name.startsWith('.'));

/** Null for a folder that is named like a file. A link counts as what it leads to. */
async function readRuleFile(directory: string, path: string): Promise<RuleFile | null> {
  const file = join(directory, path);
  if ((await stat(file)).isDirectory()) return null;
  return { path, text: await readFile(file, 'utf8') };
}
