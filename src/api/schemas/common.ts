import { Type, type Static, type TSchema } from 'typebox';
import { LIMITS } from '../../config/limits.ts';
import { LEVELS } from '../../model/level.ts';

/** A string of a closed list. */
export const OneOf = <Value extends string>(values: readonly Value[], description = '') =>
  Type.Unsafe<Value>({ type: 'string', enum: [...values], ...describe(description) });

interface Plain {
  readonly type: string;
  readonly enum?: readonly string[];
}

/** The same schema, or null. OpenAPI 3.1 writes it as a list of types. */
export const Nullable = <Schema extends TSchema>(schema: Schema) => {
  const { type, enum: values, ...rest } = schema as unknown as Plain;
  const withNull = values === undefined ? {} : { enum: [...values, null] };
  return Type.Unsafe<Static<Schema> | null>({ ...rest, type: [type, 'null'], ...withNull });
};

const describe = (description: string) => (description === '' ? {} : { description });

export const LevelName = OneOf(LEVELS, 'Severity, lowest first: informational to critical.');

export const Time = Type.String({
  description: 'RFC 3339 in UTC with microseconds.',
  examples: ['2026-05-28T20:26:01.123456Z'],
});

export const Texts = Type.Array(Type.String());

/** Text of a request: no NUL, which neither a name nor SQLite's text can hold. */
export const QueryText = (description: string) =>
  Type.String({ minLength: 1, maxLength: 512, pattern: '^[^\\u0000]*$', description });

export const When = (description: string) =>
  Type.String({
    minLength: 3,
    maxLength: 40,
    description: `${description} RFC 3339, now, or relative such as now-24h.`,
  });

/** Of every list that comes in pages. */
export const PageQuery = {
  page_size: Type.Optional(
    Type.Integer({
      minimum: 0,
      description: `Default ${LIMITS.pageSizeDefault}; more than ${LIMITS.pageSizeMax} is taken as that.`,
    }),
  ),
  page_token: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 2048,
      pattern: '^[A-Za-z0-9_=.~-]+$',
      description: 'nextPageToken of the page before, of the same query.',
    }),
  ),
};

export const NextPageToken = Nullable(
  Type.String({ description: 'Null at the end; a value to send as page_token otherwise.' }),
);

/** Size and token of a page as the store wants them. */
export function pageOf(query: { page_size?: number; page_token?: string }): {
  size: number;
  token: string | null;
} {
  const wanted = query.page_size ?? 0;
  const size = wanted === 0 ? LIMITS.pageSizeDefault : Math.min(wanted, LIMITS.pageSizeMax);
  return { size, token: query.page_token ?? null };
}

export const IncidentParams = Type.Object({
  id: Type.String({
    pattern: '^(?:INC-[0-9]{1,15}|[A-Za-z0-9_]{1,64})$',
    description: 'Id, number (12) or name (INC-12).',
  }),
});

export const ProblemBody = Type.Object(
  {
    type: Type.String({ description: 'Stable name, urn:eyrie:problem:…' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    instance: Type.Optional(Type.String()),
    errors: Type.Optional(
      Type.Array(Type.Object({ pointer: Type.String(), detail: Type.String() })),
    ),
  },
  { $id: 'Problem', additionalProperties: true },
);

const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: Type.Ref('Problem') } },
});

/** What every route can answer beside its own. */
export const ERRORS = {
  '4xx': problem('The request can not be answered; RFC 9457 says why.'),
  '5xx': problem('Eyrie failed or is not able to answer now.'),
};
