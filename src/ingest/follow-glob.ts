import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { isAbsolute, join, parse, sep } from 'node:path';

const WILD = /[*?[]/;

/** Does a path hold `*`, `?` or `[…]`? They stand for parts of one name, never for a `/`. */
export const isPattern = (path: string): boolean => WILD.test(path);

/**
 * The names that a pattern stands for at the moment, sorted; a path without wildcards stands for
 * itself, there or not. Folders that can not be read give nothing.
 */
export async function expandPath(path: string): Promise<readonly string[]> {
  if (!isPattern(path)) return [path];
  const { root } = parse(path);
  const segments = path.slice(root.length).split(sep).filter(Boolean);
  let found = [root === '' ? '.' : root];
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1;
    found = (await Promise.all(found.map((folder) => step(folder, segment, isLast)))).flat();
  }
  return found.toSorted();
}

async function step(folder: string, segment: string, isLast: boolean): Promise<string[]> {
  if (!isPattern(segment)) return [join(folder, segment)];
  const matches = matcherOf(segment);
  const entries = await readdir(folder, { withFileTypes: true }).catch((): Dirent[] => []);
  const fits = (entry: Dirent): boolean =>
    // A link may lead to either; what it leads to shows when it is opened.
    entry.isSymbolicLink() || (isLast ? entry.isFile() : entry.isDirectory());
  return entries
    .filter((entry) => fits(entry) && matches.test(entry.name))
    .map(({ name }) => join(folder, name));
}

/** Does an absolute path match an absolute pattern? */
export function matchesPattern(path: string, pattern: string): boolean {
  if (!isAbsolute(path)) return false;
  const names = path.split(sep);
  const segments = pattern.split(sep);
  return (
    names.length === segments.length &&
    segments.every((segment, index) => matcherOf(segment).test(names[index] ?? ''))
  );
}

/** As in a shell, a name that begins with a dot has to be asked for. */
function matcherOf(segment: string): RegExp {
  let source = WILD.test(segment[0] ?? '') ? String.raw`(?!\.)` : '';
  for (let at = 0; at < segment.length; at += 1) {
    const char = segment[at] ?? '';
    const close = char === '[' ? segment.indexOf(']', at + 2) : -1;
    if (close !== -1) {
      source += classOf(segment.slice(at + 1, close));
      at = close;
    } else {
      source += char === '*' ? '.*' : char === '?' ? '.' : escape(char);
    }
  }
  return compile(source) ?? new RegExp(`^${escape(segment)}$`, 's');
}

const escape = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);

const classOf = (inner: string): string => {
  const negated = inner.startsWith('!') || inner.startsWith('^');
  const chars = inner.slice(negated ? 1 : 0).replaceAll(/[\\\]^[]/g, String.raw`\$&`);
  return `[${negated ? '^' : ''}${chars}]`;
};

/** Null if it is no pattern, such as one with a range that runs backwards. */
function compile(source: string): RegExp | null {
  try {
    return new RegExp(`^${source}$`, 's');
  } catch {
    return null;
  }
}
