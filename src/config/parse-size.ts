const UNIT_BYTES: ReadonlyMap<string, number> = new Map([
  ['B', 1],
  ['KiB', 1024],
  ['MiB', 1024 ** 2],
  ['GiB', 1024 ** 3],
  ['TiB', 1024 ** 4],
]);

/** Reads `512MiB`, `20GiB` or a plain number as bytes; null for anything else. */
export function parseSize(value: string | number): number | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value > 0 ? value : null;
  const match = /^(\d{1,9})(B|KiB|MiB|GiB|TiB)$/.exec(value);
  const unitBytes = UNIT_BYTES.get(match?.[2] ?? '');
  if (match === null || unitBytes === undefined) return null;
  const bytes = Number(match[1]) * unitBytes;
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : null;
}
