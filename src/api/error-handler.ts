import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { IntakeClosedError } from '../ingest/intake.ts';
import { StoreError } from '../store/store-error.ts';
import { cutSecrets } from '../telemetry/cut-secrets.ts';
import {
  ApiProblem,
  PROBLEMS,
  problemType,
  type FieldProblem,
  type Problem,
  type ProblemCode,
} from './problem.ts';

const PROBLEM_JSON = 'application/problem+json';
const RETRY_AFTER_SECONDS = '2';

/** The one place where errors become answers. What is our fault is logged and told to nobody. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf(error);
  if (problem.status >= 500) {
    request.log.error({ err: error, req: request }, 'A request failed.');
  }
  sendProblem(request, reply, problem);
}

/** Nothing is known under this method and path. */
export function answerNotFound(request: FastifyRequest, reply: FastifyReply): void {
  const detail = `There is no ${request.method} route of this path. GET / lists what there is.`;
  sendProblem(request, reply, fromCode('not-found', detail));
}

function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): void {
  if (problem.status === 401) void reply.header('www-authenticate', 'Bearer realm="eyrie"');
  if (problem.status === 503) void reply.header('retry-after', RETRY_AFTER_SECONDS);
  const instance = cutSecrets(request.url.split('?')[0] ?? '').slice(0, 256);
  // Sent as text, because a response schema of the route would cut fields it does not know.
  void reply
    .code(problem.status)
    .type(PROBLEM_JSON)
    .send(JSON.stringify({ ...problem, instance }));
}

function fromCode(code: ProblemCode, detail: string): Problem {
  const { status, title } = PROBLEMS[code];
  return { type: problemType(code), title, status, detail };
}

function problemOf(error: unknown): Problem {
  if (error instanceof ApiProblem)
    return { ...fromCode(error.code, error.message), ...error.extras };
  if (error instanceof StoreError) return fromStore(error);
  if (error instanceof IntakeClosedError) {
    return fromCode('unavailable', error.message);
  }
  const known = error as Partial<FastifyError>;
  if (known.validation !== undefined) return invalid(known);
  const status = known.statusCode ?? 500;
  if (status === 503) return fromCode('unavailable', 'The answer took too long. Try it again.');
  if (status >= 400 && status < 500) return fromStatus(status, known.message ?? '');
  return fromCode('internal', 'The reason is in the log of the server.');
}

function fromStore(error: StoreError): Problem {
  if (error.code === 'bad-page-token') {
    return fromCode('invalid-page-token', 'Start again without page_token.');
  }
  if (error.code === 'busy' || error.code === 'closed' || error.code === 'disk-full') {
    return fromCode('unavailable', 'The store is busy, full or closing. Try it again.');
  }
  return fromCode('internal', 'The reason is in the log of the server.');
}

/** Errors of the framework itself: unreadable JSON, too much of it, or of another type. */
function fromStatus(status: number, message: string): Problem {
  if (status === 413) return fromCode('too-large', message);
  if (status === 415) return fromCode('unsupported-media-type', message);
  if (status === 404) return fromCode('not-found', message);
  return { ...fromCode('invalid-request', message), status };
}

const PLACES: Readonly<Record<string, string>> = {
  body: '/body',
  querystring: '/query',
  params: '/path',
  headers: '/headers',
};

function invalid(error: Partial<FastifyError>): Problem {
  const place = PLACES[error.validationContext ?? ''] ?? '';
  const errors = (error.validation ?? []).map((fault): FieldProblem => {
    const unknown = fault.params['additionalProperty'];
    const missing = fault.params['missingProperty'];
    const below = typeof unknown === 'string' ? `/${unknown.slice(0, 64)}` : '';
    const detail =
      typeof unknown === 'string' ? unknownName(unknown) : (fault.message ?? 'is wrong');
    const pointer = `${place}${fault.instancePath}${below}`;
    return typeof missing === 'string'
      ? { pointer: `${pointer}/${missing}`, detail: 'is missing' }
      : { pointer, detail: detail + allowedValues(fault.params) };
  });
  const detail = errors.map((one) => `${one.pointer} ${one.detail}`).join('; ');
  return { ...fromCode('invalid-request', `${detail}.`), errors };
}

/** What other services call the parameters of a page. */
const MEANT: ReadonlyMap<string, string> = new Map([
  ['limit', 'page_size'],
  ['per_page', 'page_size'],
  ['pageSize', 'page_size'],
  ['cursor', 'page_token'],
  ['pageToken', 'page_token'],
  ['nextPageToken', 'page_token'],
]);

function unknownName(name: string): string {
  const meant = MEANT.get(name);
  return meant === undefined ? 'is not known here' : `is not known here; write ${meant}`;
}

function allowedValues(params: Readonly<Record<string, unknown>>): string {
  const allowed = params['allowedValues'];
  return Array.isArray(allowed) ? `: ${allowed.join(', ')}` : '';
}
