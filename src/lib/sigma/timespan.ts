import { MICROS_PER_MS, type Micros } from '../../model/micros.ts';
import { parseDuration } from '../parse-duration.ts';
import { refuse } from './rule-error.ts';
import type { Yaml } from './yaml-documents.ts';

/** Reads Sigma's `15s`, `5m`, `2h`, `1d` as microseconds; refuses the rule otherwise. */
export function parseTimespan(value: Yaml | undefined, name: string): Micros {
  const text = typeof value === 'string' ? value.trim() : '';
  const durationMs = text.endsWith('ms') ? null : parseDuration(text);
  if (durationMs === null) {
    return refuse(`${name} must be a number and one of s, m, h, d, such as 5m`);
  }
  return durationMs * MICROS_PER_MS;
}
