/**
 * Memory that goes to and fro between two threads with the records of large batches. Allocated anew
 * each time, it would pile up in both until their garbage collectors look for it.
 */
export interface SpareBuffers {
  /** Memory of at least so many bytes; what is in it does not matter. */
  readonly take: (bytes: number) => ArrayBuffer;
  giveBack(buffers: readonly ArrayBuffer[]): void;
}

/** Smaller ones are not worth the way back. */
export const SPARE_BYTES_MIN = 256 * 1024;
const SPARES_MAX = 2;
/** A little more than asked for, so that it is enough for the next batch as well. */
const SLACK = 1.1;

export function createSpareBuffers(): SpareBuffers {
  let spares: ArrayBuffer[] = [];
  return {
    take(bytes) {
      if (bytes < SPARE_BYTES_MIN) return new ArrayBuffer(bytes);
      const fit = spares.findIndex((spare) => spare.byteLength >= bytes);
      const [spare] = fit === -1 ? [] : spares.splice(fit, 1);
      return spare ?? Buffer.allocUnsafeSlow(Math.ceil(bytes * SLACK)).buffer;
    },
    giveBack(buffers) {
      spares = [...spares, ...buffers].slice(-SPARES_MAX);
    },
  };
}
