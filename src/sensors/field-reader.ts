import { type JsonObject, asObject } from '../lib/json-object.ts';
import { LIMITS } from '../config/limits.ts';
import { flatText } from '../lib/flat-text.ts';
import { FLAG } from './event-flags.ts';

const NUL_ALL = /\0/g;
const DECIMAL = /^-?\d{1,19}$/;
/** How an unset uid arrives from sensors that print it unsigned. */
const UNSET_UID = 4_294_967_295;

/**
 * Reads fields whose types nobody vouches for. A wrong type gives null and a flag, never a throw:
 * one odd field must not hide an event. One reader serves all records, one after the other.
 */
export class FieldReader {
  /** Bits of `FLAG` gathered since `begin`. */
  flags = 0;
  private plain = false;

  /** @param plain no text of the record can hold a NUL or exceed the cap. */
  begin(plain: boolean): void {
    this.flags = 0;
    this.plain = plain;
  }

  flag(bit: number): void {
    this.flags |= bit;
  }

  /** Text, '' if there is none. */
  text(value: unknown): string {
    if (typeof value === 'string') return this.plain ? value : this.clean(value);
    if (value !== undefined && value !== null) this.flags |= FLAG.wrongType;
    return '';
  }

  textOrNull(value: unknown): string | null {
    const text = this.text(value);
    return text === '' ? null : text;
  }

  /** Name of an enumeration's value; one the sensor has no name for arrives as a number. */
  enumOrNull(value: unknown): string | null {
    return typeof value === 'number' ? String(value) : this.textOrNull(value);
  }

  /** A whole number: as itself, as decimal text, or in the wrapper `{value}` of other encoders. */
  integer(value: unknown): number | null {
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
    if (value === undefined || value === null || value === '') return null;
    if (typeof value === 'string' && DECIMAL.test(value)) return this.integer(Number(value));
    const wrapped = asObject(value)?.['value'];
    if (wrapped !== undefined && typeof wrapped !== 'object') return this.integer(wrapped);
    this.flags |= FLAG.wrongType;
    return null;
  }

  /** A uid; null if unset, which arrives as -1 or as the largest 32-bit number. */
  uid(value: unknown): number | null {
    const uid = this.integer(value);
    return uid === UNSET_UID || (uid !== null && uid < 0) ? null : uid;
  }

  /** An object; null if it is missing or something else. */
  object(value: unknown): JsonObject | null {
    if (value === undefined || value === null) return null;
    const object = asObject(value);
    if (object === null) this.flags |= FLAG.wrongType;
    return object;
  }

  list(value: unknown): readonly unknown[] {
    if (Array.isArray(value)) return value;
    if (value !== undefined && value !== null) this.flags |= FLAG.wrongType;
    return [];
  }

  /** Text without NUL and not longer than the cap; flags say what was taken. */
  clean(text: string): string {
    let cleaned = text;
    if (cleaned.includes('\0')) {
      cleaned = cleaned.replace(NUL_ALL, '');
      this.flags |= FLAG.nulStripped;
    }
    if (cleaned.length <= LIMITS.fieldCharsMax) return cleaned;
    this.flags |= FLAG.truncated;
    return cutText(cleaned, LIMITS.fieldCharsMax);
  }
}

/** Cuts text without leaving half of a surrogate pair, and lets go of what was cut off. */
function cutText(text: string, charsMax: number): string {
  const last = text.charCodeAt(charsMax - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return flatText(text.slice(0, splitsPair ? charsMax - 1 : charsMax));
}
