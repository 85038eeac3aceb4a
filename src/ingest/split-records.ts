import { LIMITS } from '../config/limits.ts';
import { LineDecoder } from './line-decoder.ts';
import { PartialLines } from './partial-lines.ts';
import { RecordScanner } from './record-scanner.ts';
import { NEW_STORES, type StorePool } from './store-pool.ts';
import { toUtf8, Utf8Stream } from './utf16.ts';

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
 * Cuts a whole body into records: one object, a list of objects (also as `{"events":[…]}`), objects
 * back to back or pretty-printed, or one per line; the pieces of containers' log lines are joined.
 * Text that is no JSON is a record too, one per line; the sensors decide what it is. A record over
 * the size limit comes cut, one byte longer than allowed. UTF-16 is read as UTF-8.
 *
 * @returns views into `bytes`; what was joined from several lines lies apart.
 */
export function splitBody(
  bytes: Uint8Array,
  recordBytesMax: number = LIMITS.recordBytesMax,
): Uint8Array[] {
  const scanner = new RecordScanner(recordBytesMax);
  const lines = new PartialLines(recordBytesMax);
  const body = toUtf8(bytes);
  scanner.view(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
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
  const text = new Utf8Stream();
  return {
    push: (chunk) => decoder.pushPlaced(text.push(chunk)).records,
    end() {
      const { records } = decoder.pushPlaced(text.end());
      const last = decoder.endPlaced().records;
      return records.length === 0 ? last : [...records, ...last];
    },
    get pendingBytes() {
      return decoder.pendingBytes + text.pendingBytes;
    },
  };
}
