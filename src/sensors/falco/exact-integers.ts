import { asBuffer } from '../decode-record.ts';

/**
 * A member with an integer of so many digits that `JSON.parse` may have rounded it. The name may
 * stand in JSON within JSON, where the quotes have backslashes in front.
 */
const LARGE_MEMBER = /"([^"\\]{1,256})\\*"\s{0,8}:\s{0,8}(-?\d{16,64})(?![\d.eE])/g;

/** Did `JSON.parse` perhaps round this value? Such a number stands for several. */
export const mayBeRounded = (value: unknown): value is number =>
  typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER;

/**
 * The digits of large integers, which `JSON.parse` rounds, read from the bytes of a record. They
 * are looked for only when somebody asks, in one pass for all of them.
 */
export class ExactIntegers {
  private readonly bytes: Uint8Array;
  private found: ReadonlyMap<string, ReadonlySet<string>> | null = null;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /**
   * The digits of the member `key` whose value was parsed as `value`; null if there are none such,
   * or several that the same number stands for.
   */
  textOf(key: string, value: number): string | null {
    this.found ??= findLarge(this.bytes);
    let exact: string | null = null;
    for (const digits of this.found.get(key) ?? []) {
      if (Number(digits) !== value) continue;
      if (exact !== null) return null;
      exact = digits;
    }
    return exact;
  }
}

function findLarge(bytes: Uint8Array): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const [, key = '', digits = ''] of asBuffer(bytes).toString('utf8').matchAll(LARGE_MEMBER)) {
    const known = found.get(key);
    if (known === undefined) found.set(key, new Set([digits]));
    else known.add(digits);
  }
  return found;
}
