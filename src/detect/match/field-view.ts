import type { FieldValue } from '../../model/security-event.ts';

/** How matchers see one event: fields by slot, each read and lower-cased at most once. */
export interface FieldView {
  /** Undefined when the event has no such field. */
  value(slot: number): FieldValue | undefined;
  /** A single value as text; undefined for absent, null and lists. */
  text(slot: number): string | undefined;
  /** The same in lower case. */
  lower(slot: number): string | undefined;
  /** Every text of the event, for keywords. */
  texts(): readonly string[];
}

export interface FieldSource<Subject> {
  readonly accessors: readonly ((subject: Subject) => FieldValue | undefined)[];
  texts(subject: Subject): readonly string[];
}

/** A view that is pointed at one subject after the other; what it cached of the last is forgotten. */
export interface MovingView<Subject> extends FieldView {
  pointAt(subject: Subject): void;
}

/**
 * Caches are never cleared, which would cost as much as there are fields: each entry carries the
 * number of the subject it belongs to.
 */
export function createFieldView<Subject>(source: FieldSource<Subject>): MovingView<Subject> {
  const { accessors } = source;
  const values: (FieldValue | undefined)[] = accessors.map(() => undefined);
  const lowers: (string | undefined)[] = accessors.map(() => undefined);
  const valueAge: number[] = accessors.map(() => 0);
  const lowerAge: number[] = accessors.map(() => 0);
  let subject: Subject | null = null;
  let age = 0;
  let texts: readonly string[] | null = null;

  const value = (slot: number): FieldValue | undefined => {
    if (valueAge[slot] === age) return values[slot];
    const read = subject === null ? undefined : accessors[slot]?.(subject);
    values[slot] = read;
    valueAge[slot] = age;
    return read;
  };
  const text = (slot: number): string | undefined => textOf(value(slot));
  return {
    value,
    text,
    lower: (slot) => {
      if (lowerAge[slot] === age) return lowers[slot];
      const lower = text(slot)?.toLowerCase();
      lowers[slot] = lower;
      lowerAge[slot] = age;
      return lower;
    },
    texts: () => {
      texts ??= subject === null ? [] : source.texts(subject);
      return texts;
    },
    pointAt: (next) => {
      subject = next;
      age += 1;
      texts = null;
    },
  };
}

/** A single value as rules compare it; undefined for absent, null and lists. */
export function textOf(value: FieldValue | undefined): string | undefined {
  if (typeof value === 'string') return value;
  return value === null || value === undefined || typeof value === 'object'
    ? undefined
    : String(value);
}
