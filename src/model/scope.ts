/** Who asks and what they may see. `clusters: null` means all. */
export interface Scope {
  readonly clusters: readonly string[] | null;
}
