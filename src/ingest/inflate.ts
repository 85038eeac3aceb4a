import { gunzip } from 'node:zlib';

/** A body as it was before gzip, or why it can not be had. */
export type Inflated =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly code: 'bad-gzip' | 'too-large'; readonly detail: string };

const GZIP_MAGIC = [0x1f, 0x8b] as const;

/** Do these bytes begin like gzip? */
export const isGzip = (bytes: Uint8Array): boolean =>
  bytes[0] === GZIP_MAGIC[0] && bytes[1] === GZIP_MAGIC[1];

/**
 * Inflates gzip of one or several members outside the main thread. It stops as soon as the result
 * exceeds `bytesMax`, so a bomb costs no more memory than that. A cut body is an error: what it
 * lost can not be known.
 */
export function inflateGzip(bytes: Uint8Array, bytesMax: number): Promise<Inflated> {
  return new Promise((resolve) => {
    gunzip(bytes, { maxOutputLength: bytesMax }, (error, result) => {
      resolve(error === null ? { ok: true, bytes: result } : refusal(error, bytesMax));
    });
  });
}

function refusal(error: NodeJS.ErrnoException, bytesMax: number): Inflated {
  if (error.code === 'ERR_BUFFER_TOO_LARGE') {
    const detail = `The body inflates to more than ${String(bytesMax)} bytes; send it in smaller pieces.`;
    return { ok: false, code: 'too-large', detail };
  }
  if (error.code === 'Z_BUF_ERROR') {
    const detail = 'The gzip data ends in the middle; send the body again as a whole.';
    return { ok: false, code: 'bad-gzip', detail };
  }
  const detail = 'The body is no valid gzip data, although it says so.';
  return { ok: false, code: 'bad-gzip', detail };
}
