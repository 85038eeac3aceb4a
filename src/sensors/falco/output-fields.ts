import type { FieldValue } from '../../model/security-event.ts';
import { FLAG } from '../event-flags.ts';
import { isMissing } from '../event-id.ts';
import type { FieldReader } from '../field-reader.ts';
import type { FieldShape, RawFields } from './field-shape.ts';

/** Falco's output fields, keys as written. */
export type OutputFields = ReadonlyMap<string, FieldValue>;

const NO_FIELDS: OutputFields = new Map();
/** What falcosidekick writes at the end of a text that it cut. */
export const CUT_MARK = '[...]';

/** A map that holds only the values of one alert; what concerns the keys is shared. */
class ShapedFields implements OutputFields {
  private readonly shape: FieldShape;
  private readonly list: readonly FieldValue[];

  constructor(shape: FieldShape, list: readonly FieldValue[]) {
    this.shape = shape;
    this.list = list;
  }

  get size(): number {
    return this.list.length;
  }

  get(key: string): FieldValue | undefined {
    const place = this.shape.places.get(key);
    return place === undefined ? undefined : this.list[place];
  }

  has(key: string): boolean {
    return this.shape.places.has(key);
  }

  keys(): MapIterator<string> {
    return this.shape.places.keys();
  }

  values(): MapIterator<FieldValue> {
    return this.list.values();
  }

  entries(): MapIterator<[string, FieldValue]> {
    return new Map(
      Array.from(this.keys(), (key, place) => [key, this.list[place] ?? null]),
    ).entries();
  }

  [Symbol.iterator](): MapIterator<[string, FieldValue]> {
    return this.entries();
  }

  forEach(visit: (value: FieldValue, key: string, map: OutputFields) => void): void {
    for (const [key, value] of this.entries()) visit(value, key, this);
  }
}

/** Reads all output fields. */
export const readOutputFields = (raw: RawFields | null, reader: FieldReader): OutputFields =>
  raw === null
    ? NO_FIELDS
    : new ShapedFields(
        raw.shape,
        raw.values.map((value) => readValue(value, reader)),
      );

function readValue(value: unknown, reader: FieldReader): FieldValue {
  if (isMissing(value)) return null;
  if (typeof value === 'string') {
    if (value.endsWith(CUT_MARK)) reader.flag(FLAG.truncated);
    return reader.text(value);
  }
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map((item: unknown) => readValue(item, reader));
  reader.flag(FLAG.wrongType);
  return null;
}

/** Text of a field, '' if it is missing; a flag if it is something else. */
export const textField = (fields: OutputFields, key: string, reader: FieldReader): string =>
  reader.text(fields.get(key));
