import type { FieldValue } from '../../model/security-event.ts';
import { FLAG } from '../event-flags.ts';
import { isMissing } from '../event-id.ts';
import type { FieldReader } from '../field-reader.ts';
import type { JsonObject } from '../json-value.ts';

/** Falco's output fields, keys as written. */
export type OutputFields = ReadonlyMap<string, FieldValue>;

const NO_FIELDS: OutputFields = new Map();
/** What falcosidekick writes at the end of a text that it cut. */
const CUT_MARK = '[...]';

/** Reads all output fields. Keys are anybody's to choose, so they become keys of a Map. */
export function readOutputFields(raw: JsonObject | null, reader: FieldReader): OutputFields {
  if (raw === null) return NO_FIELDS;
  const fields = new Map<string, FieldValue>();
  for (const key of Object.keys(raw)) fields.set(key, readValue(raw[key], reader));
  return fields;
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
