// Logs as sensors and container runtimes write them, with a ledger of every line.
import { appendFileSync, copyFileSync, createReadStream, createWriteStream } from 'node:fs';
import { existsSync, readdirSync, renameSync, rmSync, truncateSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { LedgerEvent, NodeAuthor } from '../crash/ledger.ts';

/** One log and how it is rotated. Writing and rotating are never under way at the same time. */
export interface RotatingLog {
  readonly path: string;
  readonly events: readonly LedgerEvent[];
  /** Lines that are no events. */
  readonly noise: number;
  readonly rotations: number;
  /** Appends events that happen now; the last line may get its end only with the next call. */
  write(count: number): void;
  /** Settles when what was packed on the way is packed. */
  rotate(): Promise<void>;
}

const chance = (share: number): boolean => Math.random() < share;
const PACKED_SHARE = 0.5;

abstract class Log implements RotatingLog {
  readonly path: string;
  readonly events: LedgerEvent[] = [];
  noise = 0;
  rotations = 0;
  private readonly author: NodeAuthor;
  private unfinished = '';

  constructor(path: string, author: NodeAuthor) {
    this.path = path;
    this.author = author;
  }

  write(count: number): void {
    const { events } = this.author.body(count);
    this.events.push(...events);
    const text = this.unfinished + events.map((event) => this.linesOf(event)).join('');
    const cut = chance(0.3) ? text.length - Math.ceil(Math.random() * 80) : text.length;
    this.append(text.slice(0, cut), text.slice(cut));
  }

  async rotate(): Promise<void> {
    // Who rotates waits for the end of a line.
    this.append(this.unfinished, '');
    this.rotations += 1;
    await this.rotateNow(this.rotations);
  }

  protected abstract rotateNow(number: number): Promise<void>;

  protected linesOf({ line }: LedgerEvent): string {
    return `${Buffer.from(line).toString('utf8')}\n`;
  }

  private append(text: string, unfinished: string): void {
    appendFileSync(this.path, text);
    this.unfinished = unfinished;
  }
}

/** As a packer does: the packed file grows beside the plain one, which goes at the end. */
async function pack(path: string): Promise<void> {
  await pipeline(createReadStream(path), createGzip({ level: 1 }), createWriteStream(`${path}.gz`));
  rmSync(path);
}

/** Tetragon: renamed with a date in the name, packed or not. */
export class RenamedLog extends Log {
  protected async rotateNow(number: number): Promise<void> {
    const name = basename(this.path, '.log');
    const date = `2026-01-02T03-04-${String(number).padStart(2, '0')}.000`;
    const rotated = join(dirname(this.path), `${name}-${date}.log`);
    renameSync(this.path, rotated);
    if (chance(PACKED_SHARE)) await pack(rotated);
  }
}

/** logrotate with copytruncate: older copies get higher numbers, from the second on packed. */
export class TruncatedLog extends Log {
  protected async rotateNow(): Promise<void> {
    const copies = readdirSync(dirname(this.path))
      .map((name) => /\.log\.(?<number>\d+)(?<packed>\.gz)?$/.exec(name)?.groups)
      .filter((groups) => groups !== undefined)
      .map(({ number, packed = '' }) => ({ number: Number(number), packed }))
      .toSorted((a, b) => b.number - a.number);
    for (const { number, packed } of copies) {
      renameSync(this.copy(number) + packed, this.copy(number + 1) + packed);
    }
    copyFileSync(this.path, this.copy(1));
    truncateSync(this.path);
    if (existsSync(this.copy(2))) await pack(this.copy(2));
  }

  private copy(number: number): string {
    return `${this.path}.${number}`;
  }
}

const PIECE_CHARS = 400;
const CRI_TIME = '2026-02-03T04:05:06.123456789Z';

/** A container's log behind a link: long lines in pieces, and another stream in between. */
export class ContainerLog extends Log {
  private readonly real: string;

  constructor(paths: { link: string; real: string }, author: NodeAuthor) {
    super(paths.link, author);
    this.real = paths.real;
  }

  protected override linesOf({ line }: LedgerEvent): string {
    const text = Buffer.from(line).toString('utf8');
    const pieces: string[] = [];
    const size = chance(0.2) ? PIECE_CHARS : text.length;
    for (let at = 0; at < text.length; at += size) {
      const tag = at + size < text.length ? 'P' : 'F';
      pieces.push(`${CRI_TIME} stdout ${tag} ${text.slice(at, at + size)}\n`);
      if (!chance(0.05)) continue;
      this.noise += 1;
      pieces.push(`${CRI_TIME} stderr F a line of the log\n`);
    }
    return pieces.join('');
  }

  protected async rotateNow(number: number): Promise<void> {
    const rotated = `${this.real}.20260102-${String(number).padStart(6, '0')}`;
    renameSync(this.real, rotated);
    if (chance(PACKED_SHARE)) await pack(rotated);
  }
}
