import { parseDuration } from '../lib/parse-duration.ts';
import { parseTime } from '../lib/format-time.ts';
import { MICROS_PER_MS, type Micros } from '../model/micros.ts';
import { ApiProblem } from './problem.ts';

/** Reads RFC 3339, `now` or `now-24h`; throws a problem that names the parameter. */
function parseWhen(name: string, text: string | undefined, now: Micros): Micros | null {
  if (text === undefined) return null;
  const time = text.startsWith('now') ? parseRelative(text, now) : parseTime(text);
  if (time !== null) return time;
  const detail = 'is neither RFC 3339 such as 2026-05-28T20:26:01Z nor relative such as now-24h';
  const errors = [{ pointer: `/query/${name}`, detail }];
  throw new ApiProblem('invalid-request', `/query/${name} ${detail}.`, { errors });
}

function parseRelative(text: string, now: Micros): Micros | null {
  if (text === 'now') return now;
  const backMs = text.startsWith('now-') ? parseDuration(text.slice('now-'.length)) : null;
  return backMs === null ? null : now - backMs * MICROS_PER_MS;
}

/** Reads a span; one that ends before it begins is a mistake and finds nothing. */
export function parseSpan(
  query: { readonly from?: string; readonly to?: string },
  now: Micros,
): { readonly from: Micros | null; readonly to: Micros | null } {
  const from = parseWhen('from', query.from, now);
  const to = parseWhen('to', query.to, now);
  if (from === null || to === null || from <= to) return { from, to };
  const errors = [{ pointer: '/query/to', detail: 'lies before from' }];
  throw new ApiProblem('invalid-request', '/query/to lies before from.', { errors });
}
