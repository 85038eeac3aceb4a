/** What a snapshot keeps of one; plain data. */
export interface SavedGenerations<Value> {
  readonly young: ReadonlyMap<string, Value>;
  readonly old: ReadonlyMap<string, Value>;
}

/**
 * A bounded map that forgets what was not used for long. What is written or read moves to the young
 * half; when that is full it becomes the old half, and what was left in the old one is gone. Costs
 * no list of uses, and the same calls always forget the same keys.
 */
export class TwoGenerations<Value> {
  private young = new Map<string, Value>();
  private old = new Map<string, Value>();
  private readonly youngMax: number;

  constructor(entriesMax: number) {
    this.youngMax = Math.max(1, entriesMax >> 1);
  }

  get size(): number {
    return this.young.size + this.old.size;
  }

  get(key: string): Value | undefined {
    const young = this.young.get(key);
    if (young !== undefined) return young;
    const old = this.old.get(key);
    if (old === undefined) return undefined;
    this.old.delete(key);
    this.set(key, old);
    return old;
  }

  set(key: string, value: Value): void {
    if (this.young.size >= this.youngMax && !this.young.has(key)) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(key, value);
  }

  snapshot(): SavedGenerations<Value> {
    return { young: new Map(this.young), old: new Map(this.old) };
  }

  restore(saved: SavedGenerations<Value>): void {
    this.young = new Map(saved.young);
    this.old = new Map(saved.old);
  }
}
