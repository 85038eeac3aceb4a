/** A Falco alert as it comes; the schema `schemas/falco-alert.json` says what is expected. */
export interface RawAlert {
  readonly time?: unknown;
  readonly rule?: unknown;
  readonly priority?: unknown;
  readonly source?: unknown;
  readonly hostname?: unknown;
  readonly output?: unknown;
  readonly output_fields?: unknown;
  readonly tags?: unknown;
}
