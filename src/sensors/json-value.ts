import type { JsonObject } from '../lib/json-object.ts';
import { KeyShapes } from './key-shapes.ts';

interface SortedKey {
  readonly key: string;
  /** As JSON with the colon, at the beginning of an object and further on. */
  readonly first: string;
  readonly next: string;
}

const NOTHING: ReadonlySet<string> = new Set();
const sortedKeys = new KeyShapes((keys): readonly SortedKey[] =>
  keys.toSorted().map((key) => {
    const quoted = `${JSON.stringify(key)}:`;
    return { key, first: `{${quoted}`, next: `,${quoted}` };
  }),
);
/** Printable ASCII but quote and backslash: texts that are the same in JSON. */
const PLAIN = /^[ !#-[\]-~]*$/;

/**
 * JSON text that is the same for equal values: keys sorted, no spacing. Depth is bounded by what
 * `decodeRecord` lets through.
 *
 * @param skip keys left out at every level.
 */
export function canonicalJson(value: unknown, skip: ReadonlySet<string> = NOTHING): string {
  if (typeof value === 'string') return PLAIN.test(value) ? `"${value}"` : JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (!Array.isArray(value)) return canonicalObject(value as JsonObject, skip);
  let text = '[';
  for (const item of value) text += `${text.length > 1 ? ',' : ''}${canonicalJson(item, skip)}`;
  return `${text}]`;
}

function canonicalObject(object: JsonObject, skip: ReadonlySet<string>): string {
  let text = '';
  for (const { key, first, next } of sortedKeys.of(Object.keys(object))) {
    if (skip.has(key)) continue;
    text += (text === '' ? first : next) + canonicalJson(object[key], skip);
  }
  return text === '' ? '{}' : `${text}}`;
}
