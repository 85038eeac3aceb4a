/**
 * How much is under way between two operators: the one that lets work in and the one that finishes
 * it. It is the whole back-pressure of a pipeline: nobody queues without asking here first.
 */
export interface Flow {
  readonly count: number;
  readonly bytes: number;
  begin(bytes: number): void;
  end(bytes: number): void;
  /** Calls back after every `end`. One listener is enough: the operator that lets work in. */
  onEnd(listener: () => void): void;
}

export function createFlow(): Flow {
  let count = 0;
  let bytes = 0;
  let listener: (() => void) | null = null;
  return {
    get count() {
      return count;
    },
    get bytes() {
      return bytes;
    },
    begin(size) {
      count += 1;
      bytes += size;
    },
    end(size) {
      count -= 1;
      bytes -= size;
      listener?.();
    },
    onEnd(next) {
      listener = next;
    },
  };
}
