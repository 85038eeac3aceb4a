import { LIMITS } from '../config/limits.ts';
import { LineDecoder } from './line-decoder.ts';
import { PartialLines } from './partial-lines.ts';
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

/**
 * Cuts a whole body into records: one object, a list of objects, objects back to back or
 * pretty-printed, or one per line. Text that is no JSON is a record too, one per line; the sensors
 * decide what it is. A record over the size limit comes cut, one byte longer than allowed.
 *
 * @returns views into `bytes`; what was joined from several lines lies apart.
 */
export function splitBody(
  bytes: Uint8Array,
  recordBytesMax: number = LIMITS.recordBytesMax,
): Uint8Array[] {
  const scanner = new RecordScanner(recordBytesMax);
  const lines = new PartialLines(recordBytesMax);
  scanner.view(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const { records } = lines.join(scanner.scan(true));
  const rest = lines.end();
  return rest.records.length === 0 ? records : [...records, ...rest.records];
}

/** The same for a stream whose end is not known. Memory stays bounded by the size of one record. */
export function createRecordSplitter(
  recordBytesMax: number = LIMITS.recordBytesMax,
  stores: StorePool = NEW_STORES,
): RecordSplitter {
  const decoder = new LineDecoder({ recordBytesMax, stores });
  return {
    push: (chunk) => decoder.pushPlaced(chunk).records,
    end: () => decoder.endPlaced().records,
    get pendingBytes() {
      return decoder.pendingBytes;
    },
  };
}
