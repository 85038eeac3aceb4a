import { formatTime } from '../../lib/format-time.ts';
import type { Micros } from '../../model/micros.ts';

/** `2026-11-02 06:00:56`, in UTC: seconds are enough to find one's way in a table. */
export const shortTime = (time: Micros): string => formatTime(time).slice(0, 19).replace('T', ' ');

/** `06:00:56.422`, or with the day in front if that differs from the one given. */
export function clockTime(time: Micros, day: string): string {
  const text = formatTime(time);
  const clock = text.slice(11, 23);
  return text.startsWith(day) ? clock : `${text.slice(0, 10)} ${clock}`;
}

export const dayOf = (time: Micros): string => formatTime(time).slice(0, 10);
