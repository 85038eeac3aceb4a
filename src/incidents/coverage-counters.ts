// Running totals of losses: what they grew by, less what messages of their own told of already.
import type { Micros } from '../model/micros.ts';
import { MICROS_PER_SECOND } from '../model/micros.ts';

interface Counter {
  total: number;
  /** The sensor's own time of the newest totals. */
  at: Micros;
  /** Their order time: totals that are older than these say nothing new. */
  order: Micros;
  /** Order time from which on losses are in the growth of this counter. */
  readonly countedFrom: Micros;
  /** How much of the newest totals no message had told of before. */
  untold: number;
}

/** A loss that a drop message told of and that the next totals count again. */
interface Told {
  readonly at: Micros;
  lost: number;
}

/** What one sensor on one node said of its losses so far. */
export interface LossSigns {
  /** Time of its newest word about losses, as far as the loss behind a word may reach back. */
  newest: Micros | null;
  readonly counters: Map<string, Counter>;
  /** In the order of arrival; since the newest totals. */
  told: Told[];
}

/** Totals as one message gives them for one counter. */
export interface Totals {
  readonly total: number;
  readonly at: Micros;
  readonly order: Micros;
  /** When the sensor began to count; null if it did not say. */
  readonly since: Micros | null;
  /** Do drop messages tell of the losses of this counter too? */
  readonly isTold: boolean;
}

/** What became of a counter between two totals. */
export interface Growth {
  readonly from: Micros;
  /** More events lost than messages told of. */
  readonly untold: number;
  /** Events that messages told of although earlier totals held them. */
  readonly toldTwice: number;
  /** Time of the first message among those told of; null if there was none. */
  readonly firstTold: Micros | null;
}

/** First totals of a sensor that started longer ago than this say nothing about a time. */
const FIRST_TOTALS_REACH: Micros = 2 * 3_600 * MICROS_PER_SECOND;
const COUNTERS_MAX = 32;
/** Without totals nothing empties the list; Falco tells of drops twice a minute at most. */
const TOLD_MAX = 128;

export const newLossSigns = (): LossSigns => ({ newest: null, counters: new Map(), told: [] });

/** Compares totals with those before. Null if they are late, the first, or one counter too many. */
export function readTotals(signs: LossSigns, name: string, totals: Totals): Growth | null {
  const counter = signs.counters.get(name);
  if (counter === undefined) return readFirst(signs, name, totals);
  const { total, at, order, since } = totals;
  if (order < counter.order) return null;
  const isRestart = total < counter.total || (since !== null && since > counter.at);
  const growth = isRestart ? total : total - counter.total;
  // What was told of a life that ended is in no total of the next one.
  const told = totals.isTold ? takeTold(signs, isRestart ? since : null) : NOTHING_TOLD;
  const { at: from, untold: untoldBefore } = counter;
  const untold = Math.max(0, growth - told.lost);
  // Only what the totals before brought to light can have been told of again behind them.
  const toldTwice = isRestart ? 0 : Math.min(Math.max(0, told.lost - growth), untoldBefore);
  Object.assign(counter, { total, at, order, untold });
  return { from, untold, toldTwice, firstTold: told.first };
}

function readFirst(signs: LossSigns, name: string, totals: Totals): Growth | null {
  if (signs.counters.size >= COUNTERS_MAX) return null;
  const { total, at, order, since } = totals;
  const isRecent = since !== null && since <= at && at - since <= FIRST_TOTALS_REACH;
  const countedFrom = isRecent ? since : order;
  const told = totals.isTold ? takeTold(signs, since) : NOTHING_TOLD;
  const untold = isRecent ? Math.max(0, total - told.lost) : 0;
  signs.counters.set(name, { total, at, order, countedFrom, untold });
  if (!isRecent) return null;
  return { from: since, untold, toldTwice: 0, firstTold: told.first };
}

const NOTHING_TOLD = { lost: 0, first: null } as const;

/** Sums up what was told at or after `since` (null: all of it) and begins anew. */
function takeTold(signs: LossSigns, since: Micros | null): { lost: number; first: Micros | null } {
  let lost = 0;
  let first: Micros | null = null;
  for (const told of signs.told) {
    if (since !== null && told.at < since) continue;
    lost += told.lost;
    first ??= told.at;
  }
  signs.told = [];
  return { lost, first };
}

/** How much of what a drop message tells is news: nothing if totals have counted it already. */
export function tellLoss(
  signs: LossSigns,
  counterName: string | null,
  message: { readonly lost: number; readonly at: Micros; readonly order: Micros },
): number {
  const { lost, at, order } = message;
  if (counterName === null) return lost;
  const counter = signs.counters.get(counterName);
  const isPast = counter !== undefined && order <= counter.order;
  if (isPast) return order > counter.countedFrom ? 0 : lost;
  const last = signs.told.at(-1);
  if (last !== undefined && signs.told.length >= TOLD_MAX) last.lost += lost;
  else signs.told.push({ at, lost });
  return lost;
}
