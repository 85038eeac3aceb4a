import type { JsonObject } from '../../lib/json-object.ts';
import { type FieldNames, fieldNames } from '../../lib/falco/log-family.ts';
import { framed } from '../../lib/stable-id.ts';

import { KeyShapes } from '../key-shapes.ts';

interface IdentifyingField {
  readonly key: string;
  readonly place: number;
  /** As `stableIdOf` takes it. */
  readonly framedKey: string;
}

/** What follows from the names of output fields alone; alerts of one rule share it. */
export interface FieldShape extends FieldNames {
  /** Place of each field in the object. Keys are anybody's to choose, so this is a Map. */
  readonly places: ReadonlyMap<string, number>;
  /** The fields that are no times, by name. */
  readonly identifying: readonly IdentifyingField[];
  /** Is there a field of an ancestor by its number, such as `proc.aname[1]`? */
  readonly namesAncestors: boolean;
}

/** Output fields as they came: their shape, and their values in that order. */
export interface RawFields {
  readonly shape: FieldShape;
  readonly values: readonly unknown[];
}

/** Times and durations among the output fields: numbers beyond 2^53 that programs on the way round. */
const TIME_VALUED =
  /^j?evt\.(?:time|datetime|rawtime|abstime|reltime|deltatime)|(?:\.ts|_ts|\.duration|\.[cm]time)$|ino\.[cm]time/;

const ANCESTOR_FIELD = /^proc\.a[a-z]+\[\d+\]$/;

const shapes = new KeyShapes((keys): FieldShape => {
  const fields = keys.map((key, place) => ({ key, place, framedKey: framed(key) }));
  return {
    ...fieldNames(keys),
    namesAncestors: keys.some((key) => ANCESTOR_FIELD.test(key)),
    places: new Map(fields.map(({ key, place }) => [key, place])),
    identifying: fields
      .filter(({ key }) => !TIME_VALUED.test(key))
      .toSorted((a, b) => (a.key < b.key ? -1 : 1)),
  };
});

/** Takes output fields apart, of which most alerts have the same names in the same order. */
export const takeFields = (outputFields: JsonObject): RawFields => ({
  shape: shapes.of(Object.keys(outputFields)),
  values: Object.values(outputFields),
});
