import { LIMITS } from '../config/limits.ts';
import { RecordScanner } from './record-scanner.ts';
import { NEW_STORES, type StorePool } from './store-pool.ts';

/** Cuts a stream of bytes into records, however the chunks fall. */
export interface RecordSplitter {
  /** Records that ended in this chunk. The chunk may be reused afterwards. */
  push(chunk: Uint8Array): Uint8Array[];
  /** What was left at the end of the stream. */
  end(): Uint8Array[];
  /** Bytes kept for the record that has not ended yet. */
  readonly pendingBytes: number;
}

const STORE_BYTES_MIN = 64 * 1024;

/**
 * Cuts a whole body into records: one object, a list of objects, objects back to back or
 * pretty-printed, or one per line. Text that is no JSON is a record too, one per line; the sensors
 * decide what it is. A record over the size limit comes cut, one byte longer than allowed.
 *
 * @returns views into `bytes`.
 */
export function splitBody(
  bytes: Uint8Array,
  recordBytesMax: number = LIMITS.recordBytesMax,
): Uint8Array[] {
  const scanner = new RecordScanner(recordBytesMax);
  scanner.view(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  return scanner.scan(true);
}

/** The same for a stream whose end is not known. Memory stays bounded by the size of one record. */
export function createRecordSplitter(
  recordBytesMax: number = LIMITS.recordBytesMax,
  stores: StorePool = NEW_STORES,
): RecordSplitter {
  const scanner = new RecordScanner(recordBytesMax);
  let store = Buffer.alloc(0);
  let filled = 0;

  /** Records are views into the store, so it is only ever appended to, never written over. */
  const append = (chunk: Uint8Array): void => {
    if (store.length - filled < chunk.length) {
      const pending = scanner.release();
      const bytes = pending.length + chunk.length;
      const before = store;
      store = stores.take(Math.max(STORE_BYTES_MIN, bytes * 2));
      pending.copy(store);
      stores.left(before);
      filled = pending.length;
    }
    store.set(chunk, filled);
    filled += chunk.length;
    scanner.view(store.subarray(0, filled));
  };

  return {
    push(chunk) {
      if (chunk.length === 0) return [];
      append(chunk);
      return scanner.scan(false);
    },
    end: () => scanner.scan(true),
    get pendingBytes() {
      return scanner.pendingBytes;
    },
  };
}
