import { parseAllDocuments } from 'yaml';

export type Yaml = string | number | boolean | null | readonly Yaml[] | YamlMap;
export interface YamlMap {
  readonly [key: string]: Yaml;
}

export interface YamlDocument {
  /** Null when the document is broken; then `error` says why. */
  readonly content: YamlMap | null;
  readonly error: string | null;
}

/** Anchors multiply: a few lines of them could otherwise grow to gigabytes. */
const ALIASES_MAX = 50;

/**
 * Reads every document of a YAML 1.2 file. Whole numbers beyond 2^53 become their decimal text, so
 * that no digit is lost. Empty documents are left out.
 */
export function readYamlDocuments(text: string): YamlDocument[] {
  const documents = parseAllDocuments(text, { intAsBigInt: true, prettyErrors: true });
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document): YamlDocument[] => {
    const broken = document.errors[0];
    if (broken !== undefined) return [{ content: null, error: firstLine(broken.message) }];
    try {
      return asDocument(settle(document.toJS({ maxAliasCount: ALIASES_MAX })));
    } catch (error) {
      return [
        { content: null, error: firstLine(error instanceof Error ? error.message : 'unreadable') },
      ];
    }
  });
}

export const isYamlMap = (value: Yaml | undefined): value is YamlMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isYamlList = (value: Yaml | undefined): value is readonly Yaml[] =>
  Array.isArray(value);

/** The value behind an own key; names like `__proto__` are only names. */
export const yamlGet = (map: YamlMap, key: string): Yaml | undefined =>
  Object.hasOwn(map, key) ? map[key] : undefined;

function asDocument(content: Yaml): YamlDocument[] {
  if (content === null) return [];
  if (isYamlMap(content)) return [{ content, error: null }];
  return [{ content: null, error: 'a rule is a YAML map, this document is something else' }];
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0]?.replace(/:$/, '') ?? message;
}

function settle(value: unknown): Yaml {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') {
    return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return value;
  }
  if (Array.isArray(value)) return value.map(settle);
  if (typeof value !== 'object') return null;
  const map: Record<string, Yaml> = Object.create(null);
  for (const [key, entry] of Object.entries(value)) map[key] = settle(entry);
  return map;
}
