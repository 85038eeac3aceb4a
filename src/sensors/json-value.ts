/** An object of parsed JSON: any key, any value. Its keys are the sender's to choose. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The value as an object, null if it is anything else. */
export const asObject = (value: unknown): JsonObject | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : null;

const NOTHING: ReadonlySet<string> = new Set();

/**
 * JSON text that is the same for equal values: keys sorted, no spacing. Depth is bounded by what
 * `decodeRecord` lets through.
 *
 * @param skip keys left out at every level.
 */
export function canonicalJson(value: unknown, skip: ReadonlySet<string> = NOTHING): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) {
    let text = '[';
    for (const item of value) text += `${text.length > 1 ? ',' : ''}${canonicalJson(item, skip)}`;
    return `${text}]`;
  }
  const object = value as JsonObject;
  let text = '{';
  for (const key of Object.keys(object).toSorted()) {
    if (skip.has(key)) continue;
    text += `${text.length > 1 ? ',' : ''}${JSON.stringify(key)}:${canonicalJson(object[key], skip)}`;
  }
  return `${text}}`;
}
