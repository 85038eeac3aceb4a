import { asObject } from '../../lib/json-object.ts';
import { unwrap, unwrapPair, type Unwrapped } from '../../lib/carrier/unwrap.ts';
import { asBuffer } from '../decode-record.ts';
import { holdsRoundedInteger, parseExactly } from '../exact-json.ts';

import { type OpenedEvent, UNWRAP_RULES } from './open-record.ts';

const EXACT_RULES = { ...UNWRAP_RULES, parse: parseExactly };

/** The same event, its integers exact: those too large for a number are read again as text. */
export function withExactIntegers(event: OpenedEvent): OpenedEvent {
  if (!holdsRoundedInteger(event.root)) return event;
  const value = parseExactly(asBuffer(event.bytes).toString('utf8'));
  const found = Array.isArray(value) ? unwrapPair(value, EXACT_RULES) : openAgain(value);
  return found?.kind === 'event' ? { ...event, root: found.event } : event;
}

function openAgain(value: unknown): Unwrapped | null {
  const root = asObject(value);
  return root === null ? null : unwrap(root, EXACT_RULES);
}
