import { ApiProblem } from './problem.ts';

/** A version as ETag. */
export const etagOf = (version: number): string => `"${version}"`;

/** What `If-Match` asks for: a version, any (`*`), or nothing at all. */
export type IfMatch =
  | { readonly kind: 'version'; readonly version: number }
  | { readonly kind: 'any' }
  | { readonly kind: 'absent' };

/** Versions begin at 1. The core would refuse zero in words about records, not headers. */
const isVersion = (version: number): boolean => version >= 1;

/** Reads `If-Match: "7"`; the quotes may be left out, since people type it with curl. */
export function readIfMatch(header: string | undefined): IfMatch {
  if (header === undefined) return { kind: 'absent' };
  const text = header.trim();
  if (text === '*') return { kind: 'any' };
  const match = /^(?:W\/)?(?:"(\d{1,15})"|(\d{1,15}))$/.exec(text);
  const version = Number(match?.[1] ?? match?.[2]);
  if (isVersion(version)) return { kind: 'version', version };
  const detail = 'is no ETag that this API gives out; send the one of GET /v1/incidents/{id}';
  const errors = [{ pointer: '/headers/if-match', detail }];
  throw new ApiProblem('invalid-request', `If-Match ${detail}.`, { errors });
}
