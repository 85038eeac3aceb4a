/** Marks the end of an exhaustive switch; the compiler refuses a forgotten case. */
export function unreachable(value: never): never {
  throw new Error(`Invariant broken: unexpected value ${JSON.stringify(value)}`);
}
