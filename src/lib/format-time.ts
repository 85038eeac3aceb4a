import type { Micros } from '../model/micros.ts';
import { MICROS_PER_MS } from '../model/micros.ts';

const RFC_3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;

/** Microseconds as RFC 3339 in UTC with six digits: `2026-05-28T20:26:01.123456Z`. */
export function formatTime(time: Micros): string {
  const ms = Math.floor(time / MICROS_PER_MS);
  const micros = time - ms * MICROS_PER_MS;
  return `${new Date(ms).toISOString().slice(0, -1)}${String(micros).padStart(3, '0')}Z`;
}

/** The same for a time that may be unknown. */
export const formatTimeOrNull = (time: Micros | null): string | null =>
  time === null ? null : formatTime(time);

/**
 * Reads RFC 3339 with any offset and up to nine fraction digits (what lies below the microsecond is
 * cut). Null for anything else, and for days that no month has.
 */
export function parseTime(text: string): Micros | null {
  const match = RFC_3339.exec(text);
  if (match === null) return null;
  const part = (index: number): number => Number(match[index] ?? '0');
  const hour = part(4);
  const minute = part(5);
  if (hour > 23 || minute > 59 || part(6) > 59 || part(9) > 23 || part(10) > 59) return null;
  const ms = Date.UTC(part(1), part(2) - 1, part(3), hour, minute, part(6));
  const written = new Date(ms);
  if (written.getUTCMonth() !== part(2) - 1 || written.getUTCDate() !== part(3)) return null;
  const offsetMs = (match[8] === '-' ? -1 : 1) * (part(9) * 60 + part(10)) * 60_000;
  const fraction = Number((match[7] ?? '').padEnd(6, '0').slice(0, 6));
  return (ms - offsetMs) * MICROS_PER_MS + fraction;
}
