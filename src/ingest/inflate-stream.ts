import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { isGzip } from './inflate.ts';

/**
 * The bytes of a file or of standard input, unpacked if they are gzip, by name or by their first
 * bytes. A chunk is valid until the next one is asked for. An error carries `path`.
 */
export async function* inflateStream(
  source: AsyncIterable<Uint8Array>,
  path: string,
): AsyncGenerator<Uint8Array> {
  const chunks = source[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done === true) return;
  const whole = from(first.value, chunks);
  if (path.endsWith('.gz') || isGzip(first.value)) yield* unpacked(whole, path);
  else yield* whole;
}

async function* from(
  first: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield first;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
      yield next.value;
    }
  } finally {
    await rest.return?.();
  }
}

async function* unpacked(
  chunks: AsyncIterable<Uint8Array>,
  path: string,
): AsyncGenerator<Uint8Array> {
  // An error of either destroys both; it is thrown to whoever reads.
  const gunzip = pipeline(Readable.from(copies(chunks)), createGunzip(), () => undefined);
  try {
    for await (const chunk of gunzip) yield chunk as Uint8Array;
  } catch (error) {
    throw error instanceof Error ? Object.assign(error, { path: nameOf(path) }) : error;
  } finally {
    gunzip.destroy();
  }
}

/** Gunzip works in a thread of its own, so its input must not be used again meanwhile. */
async function* copies(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield Buffer.from(chunk);
}

const nameOf = (path: string): string => (path === '-' ? 'Standard input' : path);
