// Gaps of coverage as they live in memory: losses close to each other are one gap that grows.
import { framed, stableIdOf } from '../lib/stable-id.ts';
import { gapEnd, type GapReason } from '../model/coverage-gap.ts';
import { MICROS_PER_SECOND, type Micros } from '../model/micros.ts';
import type { SensorName } from '../model/origin.ts';
import { type Generations, newGenerations, recall, remember } from './generations.ts';

/** Whose gap it is. Gaps of one place join, gaps of two never do. */
export interface GapPlace {
  readonly cluster: string;
  readonly node: string;
  readonly sensor: SensorName;
  readonly reason: GapReason;
  readonly scope: string | null;
}

export interface LiveGap extends GapPlace {
  readonly id: string;
  from: Micros;
  to: Micros;
  open: boolean;
  lost: number | null;
  /** What the sensor said last, cut; '' if it said nothing. */
  detail: string;
}

/** What one message tells of a loss. */
export interface Loss {
  readonly from: Micros;
  readonly to: Micros;
  readonly lost: number | null;
  readonly detail: string;
}

export interface GapBook {
  /** By place, each with its newest gaps in the order of opening. */
  readonly byPlace: Generations<LiveGap[]>;
  /** Events lost so far as counted by gaps, by sensor and reason. */
  readonly lost: Map<string, number>;
}

/** Losses less than this apart are one gap. */
export const JOIN_WITHIN: Micros = 60 * MICROS_PER_SECOND;
/** Places remembered: the newest 4,096 to twice as many. */
const PLACES = 4_096;
/** Several, so that an old log that is read later does not push the present gap out. */
const GAPS_PER_PLACE_MAX = 4;
const DETAIL_CHARS_MAX = 256;
/** Cgroups end in what tells them apart, so both ends of a long name are kept. */
const SCOPE_END_CHARS = 250;

export const newGapBook = (): GapBook => ({ byPlace: newGenerations(PLACES), lost: new Map() });

/** Lets a gap of this place grow by a loss, or opens one. Returns it if that changed anything. */
export function addLoss(book: GapBook, place: GapPlace, loss: Loss): LiveGap | null {
  const known = findGap(book, place, loss);
  if (known === null) return openGap(book, place, loss);
  keepInMind(book, place);
  const isInside = loss.from >= known.from && loss.to <= known.to;
  if (isInside && (loss.lost ?? 0) === 0) return null;
  if (loss.from < known.from) known.from = loss.from;
  if (loss.to > known.to) known.to = loss.to;
  if (loss.detail !== '') known.detail = cutDetail(loss.detail);
  addLost(book, known, loss.lost);
  return known;
}

/** What still grows outlives what does not. */
function keepInMind({ byPlace }: GapBook, place: GapPlace): void {
  const key = placeKey(place);
  const gaps = byPlace.young.has(key) ? undefined : byPlace.old.get(key);
  if (gaps !== undefined) remember(byPlace, key, gaps);
}

/** Where the first gap begins that begins behind this time; null if there is none. */
export function nextBegin({ byPlace }: GapBook, place: GapPlace, time: Micros): Micros | null {
  let next: Micros | null = null;
  for (const { from } of recall(byPlace, placeKey(place)) ?? []) {
    if (from > time && (next === null || from < next)) next = from;
  }
  return next;
}

/** The newest gap of a place that a loss in this time joins. */
export function findGap(
  book: GapBook,
  place: GapPlace,
  { from, to }: { readonly from: Micros; readonly to: Micros },
): LiveGap | null {
  const gaps = recall(book.byPlace, placeKey(place)) ?? [];
  let found: LiveGap | null = null;
  for (const gap of gaps) {
    const joins = from - gapEnd(gap) < JOIN_WITHIN && gap.from - to < JOIN_WITHIN;
    if (joins && (found === null || gap.to >= found.to)) found = gap;
  }
  return found;
}

function openGap(book: GapBook, place: GapPlace, loss: Loss): LiveGap {
  const key = placeKey(place);
  const gap: LiveGap = {
    id: stableIdOf(framed('coverage-gap') + key + framed(String(loss.from))),
    cluster: place.cluster,
    node: place.node,
    sensor: place.sensor,
    reason: place.reason,
    scope: place.scope === null ? null : cutScope(place.scope),
    from: loss.from,
    to: loss.to,
    open: false,
    lost: null,
    detail: cutDetail(loss.detail),
  };
  addLost(book, gap, loss.lost);
  const gaps = recall(book.byPlace, key) ?? [];
  gaps.push(gap);
  if (gaps.length > GAPS_PER_PLACE_MAX) gaps.splice(indexOfOldest(gaps), 1);
  remember(book.byPlace, key, gaps);
  return gap;
}

/** Of two that end alike the one opened first. */
function indexOfOldest(gaps: readonly LiveGap[]): number {
  let oldest = 0;
  for (const [index, gap] of gaps.entries()) {
    if (gapEnd(gap) < gapEnd(gaps[oldest] ?? gap)) oldest = index;
  }
  return oldest;
}

function addLost(book: GapBook, gap: LiveGap, lost: number | null): void {
  if (lost === null) return;
  gap.lost = bounded((gap.lost ?? 0) + lost);
  const key = `${gap.sensor} ${gap.reason}`;
  book.lost.set(key, bounded((book.lost.get(key) ?? 0) + lost));
}

/** Takes back from a gap what turned out to be counted twice. */
export function takeBack(gap: LiveGap, lost: number): void {
  gap.lost = Math.max(0, (gap.lost ?? 0) - lost);
}

const bounded = (count: number): number => Math.min(count, Number.MAX_SAFE_INTEGER);

function placeKey({ cluster, node, sensor, reason, scope }: GapPlace): string {
  const where = framed(cluster) + framed(node) + framed(sensor) + framed(reason);
  return scope === null ? where : where + framed(cutScope(scope));
}

const cutDetail = (detail: string): string => detail.slice(0, DETAIL_CHARS_MAX);

const cutScope = (scope: string): string =>
  scope.length <= 2 * SCOPE_END_CHARS
    ? scope
    : `${scope.slice(0, SCOPE_END_CHARS)}…${scope.slice(-SCOPE_END_CHARS)}`;
