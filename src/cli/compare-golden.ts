import type { ReplayDocument } from './replay-document.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = { readonly [key: string]: Json };

const DIFFERENCES_MAX = 60;
const VALUE_CHARS_MAX = 120;

/** The document without `number`, which a database gives out in the order incidents came to it. */
export function toGolden(document: ReplayDocument): unknown {
  return {
    events: document.events,
    incidents: document.incidents.map(({ number: _number, ...rest }) => rest),
  };
}

/**
 * Compares a golden file with a replay. Each difference is a line: `-` what was expected, `+` what
 * came instead, with the place. No lines mean equal.
 */
export function compareGolden(expected: unknown, actual: ReplayDocument): readonly string[] {
  // Through JSON, so that both sides hold nothing but what a file can hold.
  const actualJson = JSON.parse(JSON.stringify(toGolden(actual))) as Json;
  const expectedJson = withoutNumbers(expected as Json);
  const lines = [
    ...differences('events', part(expectedJson, 'events'), part(actualJson, 'events')),
    ...compareIncidents(part(expectedJson, 'incidents'), part(actualJson, 'incidents')),
  ];
  if (lines.length <= DIFFERENCES_MAX) return lines;
  const more = lines.length - DIFFERENCES_MAX;
  return [...lines.slice(0, DIFFERENCES_MAX), `  … and ${more} more lines of differences`];
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

const part = (value: Json, key: string): Json | undefined =>
  isObject(value) ? value[key] : undefined;

/** A golden file written by hand may hold numbers; they are not compared. */
function withoutNumbers(value: Json): Json {
  const incidents = part(value, 'incidents');
  if (!isObject(value) || !isList(incidents)) return value;
  const stripped = incidents.map((incident) => {
    if (!isObject(incident)) return incident;
    const { number: _number, ...rest } = incident;
    return rest;
  });
  return { ...value, incidents: stripped };
}

/** Incidents are paired by their ids, so that one missing does not make all behind it differ. */
function compareIncidents(expected: Json | undefined, actual: Json | undefined): string[] {
  if (!isList(expected) || !isList(actual)) return differences('incidents', expected, actual);
  const wanted = byId(expected);
  const got = byId(actual);
  const lines: string[] = [];
  for (const [id, incident] of wanted) {
    const other = got.get(id);
    if (other === undefined) lines.push(`- incident ${id} is missing: ${brief(incident)}`);
    else lines.push(...differences(`incidents[${id}]`, incident, other));
  }
  for (const [id, incident] of got) {
    if (!wanted.has(id)) lines.push(`+ incident ${id} was not expected: ${brief(incident)}`);
  }
  const isReordered = [...wanted.keys()].join() !== [...got.keys()].join();
  if (lines.length === 0 && isReordered) {
    lines.push('  the incidents are the same, but stand in another order or come twice');
  }
  return lines;
}

/** Repeated ids get a counter, so that nothing is compared twice or not at all. */
function byId(incidents: readonly Json[]): Map<string, Json> {
  const found = new Map<string, Json>();
  for (const incident of incidents) {
    const id = textOf(part(incident, 'id'));
    let key = id;
    for (let copy = 2; found.has(key); copy += 1) key = `${id} (copy ${copy})`;
    found.set(key, incident);
  }
  return found;
}

const textOf = (value: Json | undefined): string =>
  typeof value === 'string' ? value : JSON.stringify(value ?? null);

function brief(incident: Json): string {
  const words = ['severity', 'title', 'entity'].map((key) => textOf(part(incident, key)));
  return `${words[0]}, "${words[1]}", ${words[2]}`;
}

function differences(path: string, expected: Json | undefined, actual: Json | undefined): string[] {
  if (isList(expected) && isList(actual)) return listDifferences(path, expected, actual);
  if (isObject(expected) && isObject(actual)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(actual)]);
    return [...keys].flatMap((key) => differences(`${path}.${key}`, expected[key], actual[key]));
  }
  if (expected === actual) return [];
  return [`- ${path}: ${shown(expected)}`, `+ ${path}: ${shown(actual)}`];
}

function listDifferences(
  path: string,
  expected: readonly Json[],
  actual: readonly Json[],
): string[] {
  const length = Math.max(expected.length, actual.length);
  return Array.from({ length }, (_, index) => index).flatMap((index) =>
    differences(`${path}[${index}]`, expected[index], actual[index]),
  );
}

function shown(value: Json | undefined): string {
  if (value === undefined) return '(nothing)';
  const text = JSON.stringify(value);
  return text.length > VALUE_CHARS_MAX ? `${text.slice(0, VALUE_CHARS_MAX)}…` : text;
}
