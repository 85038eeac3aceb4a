// What sensors say of themselves, folded into the times in which they were blind.
import { framed } from '../lib/stable-id.ts';
import type { GapReason } from '../model/coverage-gap.ts';
import { MICROS_PER_SECOND, type Micros } from '../model/micros.ts';
import type { SensorName } from '../model/origin.ts';
import type { HealthFacts, SecurityEvent } from '../model/security-event.ts';
import {
  addLoss,
  findGap,
  type GapBook,
  type GapPlace,
  JOIN_WITHIN,
  type LiveGap,
  type Loss,
  newGapBook,
  nextBegin,
  takeBack,
} from './coverage-gaps.ts';
import {
  type Growth,
  type LossSigns,
  newLossSigns,
  readTotals,
  tellLoss,
} from './coverage-counters.ts';
import { type Generations, newGenerations, recall, remember } from './generations.ts';

/** All that is remembered of gaps and counters. Plain data, because it is part of the snapshot. */
export interface Coverage {
  readonly gaps: GapBook;
  /** By cluster, node and sensor. */
  readonly signs: Generations<LossSigns>;
}

/** Sensors whose totals are remembered: the newest 10,000 to twice as many. */
const SENSORS = 10_000;
/** Of a loss whose beginning is not known: how long it can have been going on. */
const LOOK_BACK: Micros = JOIN_WITHIN;
const AHEAD_MAX: Micros = 86_400 * MICROS_PER_SECOND;
/** The counter of each sensor that its drop messages count again. */
const TOLD_COUNTER: Readonly<Partial<Record<SensorName, string>>> = { falco: 'scap.n_drops' };

export const newCoverage = (): Coverage => ({
  gaps: newGapBook(),
  signs: newGenerations(SENSORS),
});

type Health = SecurityEvent & { readonly health: HealthFacts };

const hasFacts = (event: SecurityEvent): event is Health => event.health !== null;

/** Folds one event of kind `health`; gaps that opened or grew are added to `changed`. */
export function foldHealth(coverage: Coverage, event: SecurityEvent, changed: Set<LiveGap>): void {
  if (!hasFacts(event)) return;
  const fold: Fold = { coverage, event, changed, at: timeOf(event) };
  const { what } = event.health;
  if (what === 'event-drop') foldDrop(fold);
  else if (what === 'metrics') foldMetrics(fold);
  else if (what === 'rate-limit') grow(fold, 'rate-limit', fold.at - LOOK_BACK);
  else if (what === 'sensor-error') grow(fold, 'sensor-error', beginOf(signsOf(fold), fold.at));
  else if (what === 'throttle-start') startThrottle(fold);
  else if (what === 'throttle-stop') stopThrottle(fold);
}

interface Fold {
  readonly coverage: Coverage;
  readonly event: Health;
  readonly changed: Set<LiveGap>;
  readonly at: Micros;
}

/**
 * The sensor's own time, which its events are shown with, so that both are wrong alike where its
 * clock is; one that is days ahead of its receipt would hold all that follows.
 */
const timeOf = ({ time, orderTime }: SecurityEvent): Micros =>
  time - orderTime > AHEAD_MAX ? orderTime : time;

function foldDrop(fold: Fold): void {
  const { health, orderTime: order, sensor } = fold.event;
  const { at } = fold;
  const signs = signsOf(fold);
  const from = beginOf(signs, at);
  noteSign(signs, at);
  const counted = countOf(health.lost);
  const counter = health.scope === null ? (TOLD_COUNTER[sensor] ?? null) : null;
  const lost = counted === null ? null : tellLoss(signs, counter, { lost: counted, at, order });
  note(fold, placeOf(fold, 'event-drop'), { from, to: at, lost, detail: '' });
}

/** Totals of a sensor that names no node may be those of several sensors, so they are passed over. */
function foldMetrics(fold: Fold): void {
  const { health, orderTime: order, sensor, node } = fold.event;
  const { at } = fold;
  if (node === '') return;
  const signs = signsOf(fold);
  for (const [name, value] of health.lostTotals) {
    const total = countOf(value);
    if (total === null) continue;
    const isTold = name === TOLD_COUNTER[sensor];
    const key = health.scope === null ? name : `${health.scope} ${name}`;
    const since = health.since ?? null;
    const growth = readTotals(signs, key, { total, at, order, since, isTold });
    if (growth !== null) noteGrowth(fold, growth, isTold ? null : key);
  }
  noteSign(signs, at);
}

function noteGrowth(fold: Fold, growth: Growth, scope: string | null): void {
  const { at: to } = fold;
  const place = { ...placeOf(fold, 'event-drop'), scope };
  // A clock that was set back between the two totals leaves no span to speak of.
  const from = growth.from <= to ? growth.from : to - LOOK_BACK;
  if (growth.untold > 0) note(fold, place, { from, to, lost: growth.untold, detail: '' });
  if (growth.toldTwice > 0 && growth.firstTold !== null) {
    correct(fold, place, { at: growth.firstTold, lost: growth.toldTwice });
  }
}

/** The first message behind totals is the one that may tell again what those held. */
function correct(fold: Fold, place: GapPlace, { at, lost }: { at: Micros; lost: number }): void {
  const gap = findGap(fold.coverage.gaps, place, { from: at, to: at });
  if (gap === null) return;
  takeBack(gap, lost);
  fold.changed.add(gap);
}

function startThrottle(fold: Fold): void {
  const { at, coverage } = fold;
  const { gaps } = coverage;
  const place = placeOf(fold, 'throttle');
  // A start that comes late has ended by the time of which more is known.
  const next = nextBegin(gaps, place, at);
  const known = findGap(gaps, place, { from: at, to: at });
  const hasEnded = next !== null || (known !== null && !known.open && at < known.to);
  const grown = addLoss(gaps, place, lossUntil(next ?? at, at));
  const gap = grown ?? known;
  const opens = !hasEnded && gap !== null && !gap.open;
  if (opens) gap.open = true;
  if (gap !== null && (opens || grown !== null)) fold.changed.add(gap);
}

function stopThrottle(fold: Fold): void {
  const { at, coverage } = fold;
  const { gaps } = coverage;
  const place = placeOf(fold, 'throttle');
  const known = findGap(gaps, place, { from: at, to: at });
  // The start was before Eyrie listened, or it was lost.
  if (known === null || at < known.from) note(fold, place, lossUntil(at, at - LOOK_BACK));
  else if (at >= known.to) {
    known.to = at;
    known.open = false;
    fold.changed.add(known);
  }
}

const lossUntil = (to: Micros, from: Micros): Loss => ({ from, to, lost: null, detail: '' });

function grow(fold: Fold, reason: GapReason, from: Micros): void {
  const { health } = fold.event;
  const lost = countOf(health.lost);
  note(fold, placeOf(fold, reason), { from, to: fold.at, lost, detail: health.detail });
}

function note({ coverage, changed }: Fold, place: GapPlace, loss: Loss): void {
  const gap = addLoss(coverage.gaps, place, loss);
  if (gap !== null) changed.add(gap);
}

function placeOf({ event }: Fold, reason: GapReason): GapPlace {
  const { cluster, node, sensor, health } = event;
  return { cluster, node, sensor, reason, scope: health.scope };
}

/** A loss began behind the word of the sensor before, and not long ago in any case. */
function beginOf({ newest }: LossSigns, at: Micros): Micros {
  const earliest = at - LOOK_BACK;
  return newest !== null && newest <= at && newest > earliest ? newest : earliest;
}

function noteSign(signs: LossSigns, at: Micros): void {
  if (signs.newest === null || at > signs.newest) signs.newest = at;
}

function signsOf({ coverage, event }: Fold): LossSigns {
  const key = framed(event.cluster) + framed(event.node) + framed(event.sensor);
  const known = recall(coverage.signs, key);
  const signs = known ?? newLossSigns();
  if (!coverage.signs.young.has(key)) remember(coverage.signs, key, signs);
  return signs;
}

/** A number of events; what a sensor writes can be anything. */
const countOf = (value: number | null): number | null =>
  value !== null && value >= 0 && Number.isFinite(value) ? Math.floor(value) : null;
