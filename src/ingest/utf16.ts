/** The two byte orders of UTF-16, as `TextDecoder` names them. */
type Utf16 = 'utf-16le' | 'utf-16be';

/** So many bytes tell UTF-16 from everything else. */
const UTF16_TELLING_BYTES = 8;
/** JSON begins with one of these and a quote, a blank or a line break. */
const OPENINGS = new Set([0x7b, 0x5b]);

/**
 * Is this text in UTF-16, as PowerShell writes files? Told by its byte order mark, or by a NUL beside
 * each of its first four characters; null for everything else.
 */
function utf16Of(head: Uint8Array): Utf16 | null {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  if (head.length < UTF16_TELLING_BYTES) return null;
  if (alternates(head, 0)) return 'utf-16le';
  return alternates(head, 1) ? 'utf-16be' : null;
}

function alternates(head: Uint8Array, charAt: number): boolean {
  if (!OPENINGS.has(head[charAt] ?? 0)) return false;
  for (let at = 0; at < UTF16_TELLING_BYTES; at += 1) {
    if ((head[at] === 0) !== (at % 2 !== charAt)) return false;
  }
  return true;
}

/** The same text in UTF-8; bytes that are no UTF-16 are given back as they are. */
export function toUtf8(bytes: Uint8Array): Uint8Array {
  const encoding = utf16Of(bytes);
  return encoding === null ? bytes : Buffer.from(new TextDecoder(encoding).decode(bytes));
}

/** The same for a stream that comes in chunks. */
export class Utf8Stream {
  private decoder: TextDecoder | null = null;
  /** First bytes, too few to tell. */
  private head: Buffer | null = Buffer.alloc(0);

  push(chunk: Uint8Array): Uint8Array {
    if (this.head === null) return this.decode(chunk);
    this.head = Buffer.concat([this.head, chunk]);
    return this.head.length < UTF16_TELLING_BYTES ? NOTHING : this.begin();
  }

  /** What is left at the end of the stream. */
  end(): Uint8Array {
    const rest = this.head === null ? NOTHING : this.begin();
    return this.decoder === null ? rest : Buffer.concat([rest, Buffer.from(this.decoder.decode())]);
  }

  get pendingBytes(): number {
    return this.head?.length ?? 0;
  }

  private begin(): Uint8Array {
    const head = this.head ?? NOTHING;
    this.head = null;
    const encoding = utf16Of(head);
    if (encoding !== null) this.decoder = new TextDecoder(encoding);
    return this.decode(head);
  }

  private decode(chunk: Uint8Array): Uint8Array {
    if (this.decoder === null) return chunk;
    return Buffer.from(this.decoder.decode(chunk, { stream: true }));
  }
}

const NOTHING = Buffer.alloc(0);
