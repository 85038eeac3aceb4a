import type { EventFlag } from '../model/security-event.ts';

/** Flags while an event is being read: one bit each, because most events have none. */
export const FLAG = {
  noTime: 1,
  clockSkew: 2,
  invalidUtf8: 4,
  nulStripped: 8,
  truncated: 16,
  wrongType: 32,
  baseline: 64,
  noFields: 128,
  carrierTime: 256,
  carrierNode: 512,
} as const;

const NAMES: readonly (readonly [number, EventFlag])[] = [
  [FLAG.noTime, 'no-time'],
  [FLAG.clockSkew, 'clock-skew'],
  [FLAG.invalidUtf8, 'invalid-utf8'],
  [FLAG.nulStripped, 'nul-stripped'],
  [FLAG.truncated, 'truncated'],
  [FLAG.wrongType, 'wrong-type'],
  [FLAG.baseline, 'baseline'],
  [FLAG.noFields, 'no-fields'],
  [FLAG.carrierTime, 'carrier-time'],
  [FLAG.carrierNode, 'carrier-node'],
];

const LISTS: readonly (readonly EventFlag[])[] = Array.from(
  { length: 2 ** NAMES.length },
  (_, bits) => NAMES.filter(([bit]) => (bits & bit) !== 0).map(([, name]) => name),
);

/** The flags of a bit set, always in the same order; events share the lists. */
export const listFlags = (bits: number): readonly EventFlag[] => LISTS[bits] ?? [];
