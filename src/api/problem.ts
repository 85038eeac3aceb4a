/** Every error of the API: stable name, status, and a title that never changes with the case. */
export const PROBLEMS = {
  'invalid-request': { status: 400, title: 'The request does not follow the schema' },
  'invalid-page-token': { status: 400, title: 'The page token is not one of this query' },
  unauthenticated: { status: 401, title: 'A credential is missing or wrong' },
  forbidden: { status: 403, title: 'The credential does not allow this' },
  'untrusted-host': { status: 403, title: 'The request came under a foreign host name' },
  'not-found': { status: 404, title: 'There is no such thing' },
  conflict: { status: 409, title: 'The incident is in a state that does not allow this' },
  'stale-version': { status: 412, title: 'The incident was changed since it was read' },
  'too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The body must be application/json' },
  'verdict-missing': { status: 422, title: 'Closing needs a verdict' },
  'version-required': { status: 428, title: 'The version that was read must be named' },
  internal: { status: 500, title: 'Eyrie failed' },
  unavailable: { status: 503, title: 'Eyrie can not do this now' },
} as const satisfies Readonly<Record<string, { status: number; title: string }>>;

export type ProblemCode = keyof typeof PROBLEMS;

/** What is wrong in one place of a request; the pointer begins with `/body`, `/query` or `/path`. */
export interface FieldProblem {
  readonly pointer: string;
  readonly detail: string;
}

/** The body of an error after RFC 9457. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance?: string;
  readonly errors?: readonly FieldProblem[];
  /** Of `stale-version` and `conflict`: how the incident stands now. */
  readonly version?: number | null;
  readonly state?: string | null;
}

export interface ProblemExtras {
  readonly errors?: readonly FieldProblem[];
  readonly version?: number | null;
  readonly state?: string | null;
}

/** Thrown by a handler to answer with a problem. The detail is read by whoever asked. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly code: ProblemCode;
  readonly extras: ProblemExtras;

  constructor(code: ProblemCode, detail: string, extras: ProblemExtras = {}) {
    super(detail);
    this.code = code;
    this.extras = extras;
  }
}

export const problemType = (code: ProblemCode): string => `urn:eyrie:problem:${code}`;
