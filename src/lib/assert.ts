/** States an invariant of ours. A failure is a bug in Eyrie, never the fault of an input. */
export function assert(condition: boolean, invariant: string): asserts condition {
  if (!condition) throw new Error(`Invariant broken: ${invariant}`);
}

/** Marks the end of an exhaustive switch; the compiler refuses a forgotten case. */
export function unreachable(value: never): never {
  throw new Error(`Invariant broken: unexpected value ${JSON.stringify(value)}`);
}
