import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { LineCounter, isMap, isPair, isSeq, parseDocument, type Document } from 'yaml';
import { ConfigError, type ConfigProblem } from './config-error.ts';

const CONFIG_FILE_NAME = 'eyrie.yaml';

/** What the configuration file says, before anything was checked. */
export interface ConfigFile {
  /** Null if there is no file; that is no mistake unless one was named. */
  readonly path: string | null;
  readonly values: unknown;
  /** File name and line of a setting, or of the nearest block around it. */
  sourceOf(path: readonly string[]): string;
}

const NO_FILE: ConfigFile = { path: null, values: {}, sourceOf: () => 'configuration' };

/** Reads the named file, else `eyrie.yaml` of the directory if it is there. Throws a ConfigError. */
export function readConfigFile(name: string | null, directory: string): ConfigFile {
  const path = resolve(directory, name ?? CONFIG_FILE_NAME);
  if (name === null && !existsSync(path)) return NO_FILE;
  const shown = name ?? CONFIG_FILE_NAME;
  const lines = new LineCounter();
  const document = parseDocument(readText(path, shown), { lineCounter: lines });
  if (document.errors.length > 0) throw new ConfigError(document.errors.map(yamlProblem(shown)));
  return {
    path,
    values: valuesOf(document, shown),
    sourceOf: (wanted) => {
      const offset = offsetOf(document, wanted);
      return offset === null ? shown : `${shown}:${lines.linePos(offset).line}`;
    },
  };
}

function readText(path: string, shown: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    const message = code === 'ENOENT' ? 'there is no such file' : `it can not be read (${code})`;
    throw new ConfigError([{ source: shown, path: '', message, fix: 'Check --config.' }]);
  }
}

/** An empty file is an empty configuration. Aliases may not blow up into more than they save. */
function valuesOf(document: Document, shown: string): unknown {
  try {
    return (document.toJS({ maxAliasCount: 100 }) as unknown) ?? {};
  } catch {
    // The reason would name the alias, and what begins with a star may be an unquoted secret.
    const message = 'an alias (*name) in it has no anchor or unfolds to too much';
    const fix = 'Write the value out, in quotes if it begins with a star.';
    throw new ConfigError([{ source: shown, path: '', message, fix }]);
  }
}

interface YamlFault {
  readonly message: string;
  readonly linePos?: readonly { readonly line: number }[] | undefined;
}

const yamlProblem =
  (shown: string) =>
  (fault: YamlFault): ConfigProblem => ({
    source: `${shown}:${fault.linePos?.[0]?.line ?? 1}`,
    path: '',
    // Only the first line: the rest of the parser's message shows the text around, maybe a secret.
    message: `it is no valid YAML: ${(fault.message.split('\n')[0] ?? '').replace(/ at line.*$/, '')}`,
    fix: 'Correct the line.',
  });

function offsetOf(document: Document, path: readonly string[]): number | null {
  let offset: number | null = null;
  let node: unknown = document.contents;
  for (const key of path) {
    if (isMap(node)) {
      const pair: unknown = node.items.find((item) => String(item.key) === key);
      if (!isPair(pair)) return offset;
      offset = rangeStart(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(key)];
      offset = rangeStart(node) ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}

const rangeStart = (node: unknown): number | null =>
  (node as { range?: readonly number[] | null } | null)?.range?.[0] ?? null;
