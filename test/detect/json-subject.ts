import { createFieldView, textOf, type FieldView } from '../../src/detect/match/field-view.ts';
import type { FieldValue } from '../../src/model/security-event.ts';

/** Any JSON object, as the vectors use it in place of an event. */
export type JsonSubject = Readonly<Record<string, unknown>>;

/** Looks at a JSON object through the fields of some rules. */
export function jsonView(fields: readonly string[], subject: JsonSubject): FieldView {
  const view = createFieldView<JsonSubject>({
    accessors: fields.map((field) => (from: JsonSubject) => readJson(from, field)),
    texts: (from) => leavesOf(from),
  });
  view.pointAt(subject);
  return view;
}

/** The literal dotted key first, then the path; lists of maps give the values of all of them. */
export function readJson(subject: unknown, field: string): FieldValue | undefined {
  if (Array.isArray(subject)) {
    const values = subject.map((element) => readJson(element, field));
    const present = values.filter((value) => value !== undefined);
    return present.length === 0 ? undefined : present;
  }
  if (typeof subject !== 'object' || subject === null) return undefined;
  const entries = new Map<string, unknown>(Object.entries(subject));
  if (entries.has(field)) return asFieldValue(entries.get(field));
  const dot = field.indexOf('.');
  return dot === -1 ? undefined : readJson(entries.get(field.slice(0, dot)), field.slice(dot + 1));
}

function asFieldValue(value: unknown): FieldValue {
  if (Array.isArray(value)) return value.map(asFieldValue);
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return value;
  }
  return value === null ? null : JSON.stringify(value);
}

function leavesOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(leavesOf);
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(leavesOf);
  const text = textOf(asFieldValue(value));
  return text === undefined ? [] : [text];
}
