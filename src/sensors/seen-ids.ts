import type { Micros } from '../model/micros.ts';
import { MICROS_PER_MS, MICROS_PER_SECOND } from '../model/micros.ts';
import { LIMITS } from '../config/limits.ts';

/** A piece of the log of ids, as a snapshot keeps it. */
export interface SeenBlock {
  /** The same for the same content of a sealed block. */
  readonly name: string;
  /** Ids of 16 bytes each. A sealed block's bytes are the set's own: read them, never transfer them. */
  readonly bytes: Uint8Array;
  readonly sealed: boolean;
}

/** State beside the blocks. */
export interface SeenState {
  /** Ids before this place in the log are forgotten. */
  readonly oldest: number;
  /** Place of the next id in the log. */
  readonly next: number;
  /**
   * Pairs (time of receipt, place in the log), oldest first: what stands before that place came
   * within a second from that time on, or earlier.
   */
  readonly marks: readonly number[];
}

export interface SeenLimits {
  readonly idsMax: number;
  readonly forMs: number;
}

const WORDS = 4;
const ID_BYTES = 16;
const BLOCK_IDS = 65_536;
const HEX_DIGITS_PER_WORD = 8;
/** At most half of the table is filled, which keeps its runs of neighbors short. */
const SLOTS_PER_ID = 2;
const MARK_FIELDS = 2;
/** Ids that came within a second of each other are forgotten together, with the last of them. */
const MARK_SPAN: Micros = MICROS_PER_SECOND;
const NAME_PREFIX = 'seen-ids-';

const blockNumber = (name: string): number => Number.parseInt(name.slice(NAME_PREFIX.length), 10);

/**
 * Remembers event ids: the newest `idsMax`, each for `forMs` of received time. The ids stand one
 * after the other in blocks of 1 MiB; an open-addressing table of places in that log finds them.
 * Only ticks age it and only new ids push out old ones, so the answers depend on the records alone.
 * A tick leaves no trace but that, because of several in a row only the newest is written down.
 */
export class SeenIds {
  private readonly limits: SeenLimits;
  /** Place in the log, modulo `ring`, plus one; 0 is free. */
  private readonly table: Uint32Array;
  private readonly slotMask: number;
  /** More places than ids can be alive, so that a place modulo `ring` is unique among them. */
  private readonly ring: number;
  private readonly blocks = new Map<number, Uint32Array>();
  private oldest = 0;
  private next = 0;
  private marks: number[] = [];
  private readonly id = new Uint32Array(WORDS);

  constructor(limits: SeenLimits = { idsMax: LIMITS.seenIdsMax, forMs: LIMITS.seenForMs }) {
    this.limits = limits;
    const slots = 2 ** Math.ceil(Math.log2(Math.max(2, limits.idsMax) * SLOTS_PER_ID));
    this.table = new Uint32Array(slots);
    this.slotMask = slots - 1;
    this.ring = (Math.ceil(limits.idsMax / BLOCK_IDS) + 1) * BLOCK_IDS;
  }

  get size(): number {
    return this.next - this.oldest;
  }

  /** Notes an id of 32 hexadecimal digits; false if it was known already. */
  add(hex: string, receivedAt: Micros): boolean {
    this.parse(hex);
    const slot = this.findSlot();
    if (this.table[slot] !== 0) return false;
    if (this.size < this.limits.idsMax) {
      this.append(slot);
    } else {
      this.forgetOldest();
      this.append(this.findSlot());
    }
    this.mark(receivedAt);
    return true;
  }

  has(hex: string): boolean {
    this.parse(hex);
    return this.table[this.findSlot()] !== 0;
  }

  /** A tick: forgets what is older than the time for which ids are kept. */
  tick(receivedAt: Micros): void {
    const { marks } = this;
    const forgetBefore = receivedAt - this.limits.forMs * MICROS_PER_MS - MARK_SPAN;
    let passed = 0;
    let forgetTo = this.oldest;
    while (passed < marks.length && (marks[passed] ?? 0) <= forgetBefore) {
      forgetTo = marks[passed + 1] ?? 0;
      passed += MARK_FIELDS;
    }
    if (passed > 0) this.marks = marks.slice(passed);
    while (this.oldest < forgetTo) this.forgetOldest();
  }

  private mark(receivedAt: Micros): void {
    const { marks } = this;
    const newest = marks.at(-MARK_FIELDS);
    if (newest === undefined || receivedAt - newest >= MARK_SPAN) marks.push(receivedAt, this.next);
    else marks[marks.length - 1] = this.next;
  }

  state(): SeenState {
    return { oldest: this.oldest, next: this.next, marks: this.marks.slice() };
  }

  snapshotBlocks(): SeenBlock[] {
    return [...this.blocks].map(([number, words]) => {
      const used = this.next - number * BLOCK_IDS;
      const sealed = used >= BLOCK_IDS;
      const bytes = new Uint8Array(words.buffer, 0, Math.min(used, BLOCK_IDS) * ID_BYTES);
      const last = words.at(-WORDS) ?? 0;
      const name = sealed ? `${String(number)}-${last.toString(16)}` : `${String(number)}-open`;
      return { name: `${NAME_PREFIX}${name}`, bytes: sealed ? bytes : bytes.slice(), sealed };
    });
  }

  /** Takes over a snapshot; the table is built anew from the log. */
  restore(state: SeenState, blocks: readonly SeenBlock[]): void {
    this.oldest = state.oldest;
    this.next = state.next;
    this.marks = state.marks.slice();
    this.blocks.clear();
    this.table.fill(0);
    const numbered = blocks.map((block) => ({ number: blockNumber(block.name), block }));
    for (const { number, block } of numbered.toSorted((a, b) => a.number - b.number)) {
      const words = new Uint32Array(BLOCK_IDS * WORDS);
      new Uint8Array(words.buffer).set(block.bytes);
      this.blocks.set(number, words);
      this.enter(number, words);
    }
  }

  /** Enters a block's living ids into the table. They are known to differ, so none is compared. */
  private enter(number: number, words: Uint32Array): void {
    const { table, slotMask, ring } = this;
    const base = number * BLOCK_IDS;
    const end = Math.min(base + BLOCK_IDS, this.next);
    for (let place = Math.max(base, this.oldest); place < end; place += 1) {
      let slot = (words[(place - base) * WORDS] ?? 0) & slotMask;
      while (table[slot] !== 0) slot = (slot + 1) & slotMask;
      table[slot] = (place % ring) + 1;
    }
  }

  private parse(hex: string): void {
    for (let word = 0; word < WORDS; word += 1) {
      let value = 0;
      const start = word * HEX_DIGITS_PER_WORD;
      for (let digit = start; digit < start + HEX_DIGITS_PER_WORD; digit += 1) {
        // '0' to '9' are 48 to 57, 'a' to 'f' are 97 to 102: the letters have bit 6 and lack 9.
        const code = hex.charCodeAt(digit);
        value = (value << 4) | ((code & 15) + (code >> 6) * 9);
      }
      this.id[word] = value;
    }
  }

  private load(place: number): void {
    const words = this.blocks.get(Math.floor(place / BLOCK_IDS));
    if (words === undefined) return;
    const start = (place % BLOCK_IDS) * WORDS;
    for (let word = 0; word < WORDS; word += 1) this.id[word] = words[start + word] ?? 0;
  }

  /** Slot of the current id, or the free one where it belongs. */
  private findSlot(): number {
    let slot = (this.id[0] ?? 0) & this.slotMask;
    for (;;) {
      const entry = this.table[slot] ?? 0;
      if (entry === 0 || this.isAt(this.placeOf(entry))) return slot;
      slot = (slot + 1) & this.slotMask;
    }
  }

  /** Places of living ids differ by less than `ring`, so the rest names one. */
  private placeOf(entry: number): number {
    const start = this.oldest % this.ring;
    const rest = entry - 1;
    return this.oldest + (rest >= start ? rest - start : rest - start + this.ring);
  }

  private isAt(place: number): boolean {
    const words = this.blocks.get(Math.floor(place / BLOCK_IDS));
    if (words === undefined) return false;
    const start = (place % BLOCK_IDS) * WORDS;
    const { id } = this;
    return (
      words[start] === id[0] &&
      words[start + 1] === id[1] &&
      words[start + 2] === id[2] &&
      words[start + 3] === id[3]
    );
  }

  private append(slot: number): void {
    const number = Math.floor(this.next / BLOCK_IDS);
    let words = this.blocks.get(number);
    if (words === undefined) {
      words = new Uint32Array(BLOCK_IDS * WORDS);
      this.blocks.set(number, words);
    }
    const start = (this.next % BLOCK_IDS) * WORDS;
    for (let word = 0; word < WORDS; word += 1) words[start + word] = this.id[word] ?? 0;
    this.table[slot] = (this.next % this.ring) + 1;
    this.next += 1;
  }

  /** Takes the oldest id out of the table; its block goes with its last id. */
  private forgetOldest(): void {
    const kept = this.id.slice();
    this.load(this.oldest);
    this.freeSlot(this.findSlot());
    this.oldest += 1;
    if (this.oldest % BLOCK_IDS === 0) this.blocks.delete(this.oldest / BLOCK_IDS - 1);
    this.id.set(kept);
  }

  /** Frees a slot and moves up the neighbors behind it, so that no search meets a gap too early. */
  private freeSlot(freed: number): void {
    let gap = freed;
    let slot = freed;
    for (;;) {
      slot = (slot + 1) & this.slotMask;
      const entry = this.table[slot] ?? 0;
      if (entry === 0) break;
      const home = this.homeOf(this.placeOf(entry));
      // May stay if its home lies behind the gap, seen around the ring of slots.
      const staysBehind = ((slot - home) & this.slotMask) < ((slot - gap) & this.slotMask);
      if (staysBehind) continue;
      this.table[gap] = entry;
      gap = slot;
    }
    this.table[gap] = 0;
  }

  private homeOf(place: number): number {
    const words = this.blocks.get(Math.floor(place / BLOCK_IDS));
    return (words?.[(place % BLOCK_IDS) * WORDS] ?? 0) & this.slotMask;
  }
}
