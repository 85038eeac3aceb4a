/** Where a splitter keeps its bytes while records are views into them. */
export interface StorePool {
  /** A store of at least so many bytes; what is in it does not matter. */
  take(bytes: number): Buffer<ArrayBuffer>;
  /** Told when a splitter goes on in another store; its records may still be in use. */
  left(store: Buffer<ArrayBuffer>): void;
}

/** Every store is new and goes with its last record. */
export const NEW_STORES: StorePool = {
  take: (bytes) => Buffer.allocUnsafeSlow(bytes),
  left: () => {},
};

const STORE_BYTES = 1024 * 1024;
const SPARE_MAX = 16;

/**
 * Stores that are used again as soon as their records are done with: a replay would otherwise leave
 * each byte of its files to the garbage collector, which lets a hundred megabytes pile up.
 */
export class ReusedStores implements StorePool {
  private readonly spare: Buffer<ArrayBuffer>[] = [];
  private done: Buffer<ArrayBuffer>[] = [];

  take(bytes: number): Buffer<ArrayBuffer> {
    if (bytes > STORE_BYTES) return Buffer.allocUnsafeSlow(bytes);
    return this.spare.pop() ?? Buffer.allocUnsafeSlow(STORE_BYTES);
  }

  left(store: Buffer<ArrayBuffer>): void {
    if (store.length === STORE_BYTES) this.done.push(store);
  }

  /** The stores left since the last call. */
  takeLeft(): readonly Buffer<ArrayBuffer>[] {
    const { done } = this;
    this.done = [];
    return done;
  }

  /** No record in these stores is looked at any more. */
  giveBack(stores: readonly Buffer<ArrayBuffer>[]): void {
    for (const store of stores) if (this.spare.length < SPARE_MAX) this.spare.push(store);
  }
}
