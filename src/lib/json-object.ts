/** An object of parsed JSON: any key, any value. Its keys are the sender's to choose. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The value as an object, null if it is anything else. */
export const asObject = (value: unknown): JsonObject | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : null;
