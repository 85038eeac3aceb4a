import { framed } from '../../lib/stable-id.ts';
import type { JsonObject } from '../json-value.ts';
import { KeyShapes } from '../key-shapes.ts';

interface IdentifyingField {
  readonly key: string;
  readonly place: number;
  /** As `stableIdOf` takes it. */
  readonly framedKey: string;
}

/** Logs that Falco's plugins read, told by the names of their fields. */
export type LogFamily = 'kubernetes' | 'cloudtrail' | 'gcp' | 'okta' | 'github';

/** What follows from the names of output fields alone; alerts of one rule share it. */
export interface FieldShape {
  /** Place of each field in the object. Keys are anybody's to choose, so this is a Map. */
  readonly places: ReadonlyMap<string, number>;
  /** The fields that are no times, by name. */
  readonly identifying: readonly IdentifyingField[];
  /** The log whose fields these are; null if there is none such field. */
  readonly family: LogFamily | null;
  /** Is there a field of a process, a container, a pod or a descriptor? */
  readonly namesWorkload: boolean;
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

/** What stands in front of the first dot of a plugin's fields. */
const FAMILIES: ReadonlyMap<string, LogFamily> = new Map([
  ['ka', 'kubernetes'],
  ['jevt', 'kubernetes'],
  ['ct', 'cloudtrail'],
  ['s3', 'cloudtrail'],
  ['gcp', 'gcp'],
  ['okta', 'okta'],
  ['github', 'github'],
]);
const WORKLOAD_FIELD = /^(?:proc|container|k8s|k8smeta|fd|thread)\./;
const ANCESTOR_FIELD = /^proc\.a[a-z]+\[\d+\]$/;

const familyOf = (key: string): LogFamily | null =>
  FAMILIES.get(key.slice(0, Math.max(0, key.indexOf('.')))) ?? null;

const shapes = new KeyShapes((keys): FieldShape => {
  const fields = keys.map((key, place) => ({ key, place, framedKey: framed(key) }));
  return {
    family: keys.map(familyOf).find((family) => family !== null) ?? null,
    namesWorkload: keys.some((key) => WORKLOAD_FIELD.test(key)),
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
