import { hash } from 'node:crypto';
import { LIMITS } from '../config/limits.ts';
import { StoreError } from './store-error.ts';

export interface PageRequest {
  readonly size: number;
  readonly token: string | null;
}

/** Where a page ended: the values its order is made of. */
export type Cursor = readonly (string | number)[];

const HASH_DIGITS = 12;

/** A token for the page behind the cursor, bound to the query by which it was made. */
export function encodeToken(query: unknown, cursor: Cursor): string {
  return Buffer.from(JSON.stringify([queryHash(query), ...cursor])).toString('base64url');
}

/**
 * @returns null where there is no token.
 * @throws StoreError `bad-page-token` if it is damaged or belongs to another query.
 */
export function decodeToken(query: unknown, token: string | null): Cursor | null {
  if (token === null) return null;
  const values = parseToken(token);
  if (values === null) {
    throw new StoreError('bad-page-token', 'The page token is damaged; start at the first page.');
  }
  const [owner, ...cursor] = values;
  if (owner !== queryHash(query)) {
    const why = 'The page token belongs to another query; start at the first page.';
    throw new StoreError('bad-page-token', why);
  }
  return cursor;
}

/** The number at this place of a cursor that was made with numbers there. */
export function numberAt(cursor: Cursor, index: number): number {
  const value = cursor[index];
  if (typeof value === 'number') return value;
  throw new StoreError('bad-page-token', 'The page token is damaged; start at the first page.');
}

export const clampPageSize = (size: number): number =>
  Math.min(Math.max(Math.trunc(size) || LIMITS.pageSizeDefault, 1), LIMITS.pageSizeMax);

const queryHash = (query: unknown): string =>
  hash('sha256', JSON.stringify(query), 'hex').slice(0, HASH_DIGITS);

function parseToken(token: string): (string | number)[] | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    return Array.isArray(value) && value.every(isScalar) ? value : null;
  } catch {
    return null;
  }
}

const isScalar = (value: unknown): value is string | number =>
  typeof value === 'string' || typeof value === 'number';
