import type { Micros } from '../model/micros.ts';

const STEPS: readonly (readonly [number, string])[] = [
  [86_400_000_000, 'd'],
  [3_600_000_000, 'h'],
  [60_000_000, 'min'],
  [1_000_000, 's'],
];

/** A length of time as people say it, in its largest unit: `40 ms`, `2.5 s`, `3 min`, `2 h`, `4 d`. */
export function formatDuration(length: Micros): string {
  const size = Math.abs(length);
  const [unit, name] = STEPS.find(([step]) => size >= step) ?? [1000, 'ms'];
  const count = size / unit;
  const digits = name === 's' && count < 10 ? 1 : 0;
  return `${Number(count.toFixed(digits))} ${name}`;
}
