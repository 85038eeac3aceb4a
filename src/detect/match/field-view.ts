import type { FieldValue } from '../../model/security-event.ts';

/** How matchers see one event: fields by slot, each read and lower-cased at most once. */
export interface FieldView {
  /** Undefined when the event has no such field. */
  value(slot: number): FieldValue | undefined;
  /** A single value as text; undefined for absent, null and lists. */
  text(slot: number): string | undefined;
  /** The same in lower case. */
  lower(slot: number): string | undefined;
  /** The same from its last slash on; see `lastSegment`. */
  segment(slot: number): string | undefined;
  /** Every text of the event, for keywords. */
  texts(): readonly string[];
  /** The same in lower case. */
  lowerTexts(): readonly string[];
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
  const segments: (string | undefined)[] = accessors.map(() => undefined);
  const segmentAge: number[] = accessors.map(() => 0);
  let subject: Subject | null = null;
  let age = 0;
  let texts: readonly string[] | null = null;
  let lowerTexts: readonly string[] | null = null;

  const value = (slot: number): FieldValue | undefined => {
    if (valueAge[slot] === age) return values[slot];
    const read = subject === null ? undefined : accessors[slot]?.(subject);
    values[slot] = read;
    valueAge[slot] = age;
    return read;
  };
  const readTexts = (): readonly string[] => {
    texts ??= subject === null ? [] : source.texts(subject);
    return texts;
  };
  const text = (slot: number): string | undefined => textOf(value(slot));
  const lower = (slot: number): string | undefined => {
    if (lowerAge[slot] === age) return lowers[slot];
    const read = text(slot)?.toLowerCase();
    lowers[slot] = read;
    lowerAge[slot] = age;
    return read;
  };
  return {
    value,
    text,
    lower,
    segment: (slot) => {
      if (segmentAge[slot] === age) return segments[slot];
      const whole = lower(slot);
      const segment = whole === undefined ? undefined : lastSegment(whole);
      segments[slot] = segment;
      segmentAge[slot] = age;
      return segment;
    },
    texts: readTexts,
    lowerTexts: () => {
      lowerTexts ??= readTexts().map((entry) => entry.toLowerCase());
      return lowerTexts;
    },
    pointAt: (next) => {
      subject = next;
      age += 1;
      texts = null;
      lowerTexts = null;
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

/** From the last slash on, the slash included; '' without one, which no segment equals. */
export function lastSegment(text: string): string {
  const at = text.lastIndexOf('/');
  return at === -1 ? '' : text.slice(at);
}
