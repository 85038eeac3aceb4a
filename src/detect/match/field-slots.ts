/** Numbers the fields that rules read, so that an event's values can be cached in plain arrays. */
export interface FieldSlots {
  /** The number of a field; the same field has the same number. */
  slotOf(field: string): number;
  /** Fields in the order of their numbers. */
  readonly fields: readonly string[];
}

export function createFieldSlots(): FieldSlots {
  const slots = new Map<string, number>();
  const fields: string[] = [];
  return {
    fields,
    slotOf: (field) => {
      const known = slots.get(field);
      if (known !== undefined) return known;
      slots.set(field, fields.length);
      return fields.push(field) - 1;
    },
  };
}
