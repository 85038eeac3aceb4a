/** Why a record was refused. Each code names a fault of the input, but `core-fault`, which is ours. */
export const REJECTION_CODES = [
  'invalid-json', // The record is no JSON, or was cut.
  'not-json', // A line over HTTP that does not even begin like JSON, such as Falco's text output.
  'not-an-object', // JSON, but a number, a string or a list where an event was expected.
  'too-large', // More bytes than one event may have.
  'too-deep', // Nested deeper than any sensor nests.
  'unknown-sensor', // Neither Falco's nor Tetragon's shape.
  'unsupported-kind', // A known event that this version does not read yet.
  'invalid-shape', // A field that identity or time needs is missing or has the wrong type.
  'invalid-action', // An analyst's action that does not follow its schema.
  'core-fault', // This record once made the core throw; it is set aside so that the rest goes on.
] as const;

export type RejectionCode = (typeof REJECTION_CODES)[number];

/** A refused record. It stays in the journal and is listed as a dead letter. */
export interface Rejection {
  readonly code: RejectionCode;
  /** A sentence that names the place and, where there is one, the fix. */
  readonly detail: string;
}

/** Why a record was passed over without being wrong. */
export type SkipReason = 'log-line'; // A line of the sensor's own log between events.
