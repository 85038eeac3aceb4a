import type { FieldValue } from '../../model/security-event.ts';
import { FLAG } from '../event-flags.ts';
import { isMissing } from '../event-id.ts';
import type { FieldReader } from '../field-reader.ts';
import type { JsonObject } from '../json-value.ts';
import { KeyShapes } from '../key-shapes.ts';

/** Falco's output fields, keys as written. */
export type OutputFields = ReadonlyMap<string, FieldValue>;

interface FieldShape {
  readonly keys: readonly string[];
  readonly places: ReadonlyMap<string, number>;
}

const NO_FIELDS: OutputFields = new Map();
/** What falcosidekick writes at the end of a text that it cut. */
const CUT_MARK = '[...]';

/** Keys are anybody's to choose, so they are looked up in a Map. Alerts of one rule share it. */
const shapes = new KeyShapes(
  (keys): FieldShape => ({ keys, places: new Map(keys.map((key, place) => [key, place])) }),
);

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
    return this.toMap().entries();
  }

  [Symbol.iterator](): MapIterator<[string, FieldValue]> {
    return this.entries();
  }

  forEach(visit: (value: FieldValue, key: string, map: OutputFields) => void): void {
    for (const [key, value] of this.entries()) visit(value, key, this);
  }

  private toMap(): Map<string, FieldValue> {
    return new Map(this.shape.keys.map((key, place) => [key, this.list[place] ?? null]));
  }
}

/** Reads all output fields. */
export function readOutputFields(raw: JsonObject | null, reader: FieldReader): OutputFields {
  if (raw === null) return NO_FIELDS;
  const values = Object.values(raw);
  const list: FieldValue[] = [];
  for (const value of values) list.push(readValue(value, reader));
  return new ShapedFields(shapes.of(Object.keys(raw)), list);
}

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
