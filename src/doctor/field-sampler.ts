import { classOfEvent } from '../lib/sigma/event-class.ts';
import { accessorFor, type Accessor } from '../lib/sigma/taxonomy.ts';
import type { Enrichment } from '../model/batch.ts';
import { MICROS_PER_SECOND, type Micros } from '../model/micros.ts';
import type { FieldValue, SecurityEvent } from '../model/security-event.ts';
import { NAMING_FIELDS, type RuleReach, type Seen } from './rule-reach.ts';

/** Events of one kind (rule, hook) looked at in a minute; after them every 128th, for what is rare. */
const SAMPLES_PER_MINUTE = 20;
const RARE_MASK = 127;
/** Kinds that are told apart. Hooks and rules are named by operators; others share the rare ones. */
const KINDS_MAX = 2048;
const NAMES_MAX = 1000;
const MINUTE: Micros = 60 * MICROS_PER_SECOND;

interface Gate {
  minute: number;
  count: number;
}

/** What is known of events of one class. */
interface ClassFields {
  /** Fields that rules want of such events and that none has carried so far. */
  unseen: { readonly field: string; readonly accessor: Accessor }[];
  readonly seen: Set<string>;
}

/** Which fields arrive, as far as rules ask: a few events of each kind a minute are looked at. */
export class FieldSampler {
  private readonly reaches: readonly RuleReach[];
  private readonly gates = new Map<string, Gate>();
  private readonly classes = new Map<number, ClassFields>();
  private readonly names = new Map<string, Set<string>>(
    NAMING_FIELDS.map((field) => [field, new Set()]),
  );

  constructor(reaches: readonly RuleReach[]) {
    this.reaches = reaches;
  }

  /** Is it this event's turn? The answer is counted. */
  isDue(event: SecurityEvent): boolean {
    const gate = this.gateOf(kindOf(event));
    gate.count += 1;
    if (gate.count <= SAMPLES_PER_MINUTE || (gate.count & RARE_MASK) === 0) return true;
    const minute = Math.floor(event.receivedAt / MINUTE);
    if (minute === gate.minute) return false;
    gate.minute = minute;
    gate.count = 1;
    return true;
  }

  look(event: SecurityEvent, enrichment: Enrichment): void {
    const fields = this.fieldsOf(classOfEvent(event));
    if (event.hook !== null) this.noteNames(event);
    if (fields.unseen.length === 0) return;
    const left = fields.unseen.filter(({ field, accessor }) => {
      if (!isThere(accessor(event, enrichment))) return true;
      fields.seen.add(field);
      return false;
    });
    if (left.length < fields.unseen.length) fields.unseen = left;
  }

  /** What came of events that a rule is shown; null if none did. */
  seenBy({ eventClass }: RuleReach): Seen | null {
    const known = [...this.classes].filter(([bits]) => (bits & eventClass) === eventClass);
    if (known.length === 0) return null;
    return {
      hasField: (field) => known.some(([, { seen }]) => seen.has(field)),
      mayHaveNamed: (field, matches) => {
        const values = this.names.get(field);
        if (values === undefined || values.size >= NAMES_MAX) return true;
        return [...values].some(matches);
      },
    };
  }

  private gateOf(kind: string): Gate {
    const known = this.gates.get(kind);
    if (known !== undefined) return known;
    const gate = { minute: -1, count: 0 };
    if (this.gates.size < KINDS_MAX) {
      this.gates.set(kind, gate);
      return gate;
    }
    return this.gateOf('');
  }

  private fieldsOf(eventClass: number): ClassFields {
    const known = this.classes.get(eventClass);
    if (known !== undefined) return known;
    const wanted = new Set(
      this.reaches
        .filter((reach) => (reach.eventClass & eventClass) === reach.eventClass)
        .flatMap(({ fields }) => fields),
    );
    const unseen = [...wanted].flatMap((field) => {
      const accessor = accessorFor(field);
      return accessor === null ? [] : [{ field, accessor }];
    });
    const fields = { unseen, seen: new Set<string>() };
    this.classes.set(eventClass, fields);
    return fields;
  }

  private noteNames(event: SecurityEvent): void {
    for (const [field, values] of this.names) {
      const value = accessorFor(field)?.(event, null);
      if (typeof value === 'string' && values.size < NAMES_MAX) values.add(value);
    }
  }
}

const isThere = (value: FieldValue | undefined): boolean =>
  value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);

/** Events of one kind carry about the same fields. */
function kindOf({ kind, alert, hook }: SecurityEvent): string {
  if (alert !== null) return alert.rule;
  return hook === null ? kind : hook.functionName;
}
