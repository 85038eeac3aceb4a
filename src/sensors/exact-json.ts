const INTEGER = /^-?\d+$/;

/** Is there an integer in this value of JSON that `JSON.parse` may have rounded? */
export function holdsRoundedInteger(value: unknown): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value);
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some(holdsRoundedInteger);
  const members = value as Readonly<Record<string, unknown>>;
  for (const key in members) if (holdsRoundedInteger(members[key])) return true;
  return false;
}

/**
 * The value of JSON text, in which each integer that is no safe number is the text of its digits.
 * So do sensors themselves write 64-bit integers; only other encoders write them bare.
 *
 * @returns undefined if it is no JSON. Much slower than `JSON.parse` alone.
 */
export function parseExactly(json: string): unknown {
  try {
    return JSON.parse(json, keepDigits) as unknown;
  } catch {
    return undefined;
  }
}

function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const digits = context?.source ?? '';
  return INTEGER.test(digits) ? digits : value;
}
