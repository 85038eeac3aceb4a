const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/** Reads `500ms`, `90s`, `30m`, `24h` or `7d` as milliseconds; null for anything else. */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text);
  const unitMs = UNIT_MS.get(match?.[2] ?? '');
  return match === null || unitMs === undefined ? null : Number(match[1]) * unitMs;
}
