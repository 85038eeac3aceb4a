// What the intake's routes take and answer, for the API description and for writing the answers.
import { Type } from 'typebox';
import { REJECTION_CODES, type RejectionCode } from '../model/rejection.ts';

export interface IngestAnswer {
  readonly accepted: number;
  readonly duplicate: number;
  readonly skipped: number;
  readonly rejected: readonly { index: number; code: RejectionCode; detail: string }[];
}

const IngestAnswerBody = Type.Object({
  accepted: Type.Integer({ description: 'Events that are stored and judged.' }),
  duplicate: Type.Integer({ description: 'Events that had come before.' }),
  skipped: Type.Integer({ description: 'Lines that are no events, such as those of a log.' }),
  rejected: Type.Array(
    Type.Object({
      index: Type.Integer({ description: 'Place of the record in the body, from 0.' }),
      code: Type.Unsafe<RejectionCode>({ type: 'string', enum: [...REJECTION_CODES] }),
      detail: Type.String(),
    }),
  ),
});

const IngestProblemBody = Type.Object({
  type: Type.String({ description: 'Stable name, urn:eyrie:problem:…' }),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
});

const asProblem = { 'application/problem+json': { schema: IngestProblemBody } };
const problem = (description: string) => ({ description, content: asProblem });

const BODY = {
  description:
    'One object, an array, JSON texts one after the other, or NDJSON, also as log shippers wrap it; gzip is read.',
  content: {
    'application/json': { schema: {} },
    'application/x-ndjson': { schema: { type: 'string' } },
    '*/*': { schema: { type: 'string', format: 'binary' } },
  },
};

const RESPONSES = {
  200: {
    description: 'Stored and judged, but for those of `rejected`.',
    content: { 'application/json': { schema: IngestAnswerBody } },
  },
  400: {
    description: 'No record was good, or the body as a whole can not be read.',
    content: { 'application/json': { schema: IngestAnswerBody }, ...asProblem },
  },
  401: problem('The secret is missing or unknown.'),
  404: problem('The path names no sensor.'),
  413: problem('The body is too large.'),
  415: problem('The Content-Encoding is not read.'),
  503: problem('The intake is full; Retry-After says when to come again.'),
};

const Sensor = Type.String({
  description: 'falco, tetragon or any; with secrets configured, a secret may stand here instead.',
  examples: ['falco', 'tetragon', 'any'],
});
const Secret = Type.String({ description: 'Of the configuration, under ingest.secrets.' });

const common = { tags: ['ingest'], body: BODY, response: RESPONSES };

/** The schemas of the three routes. */
export const INGEST_SCHEMAS = {
  plain: { summary: 'Events; each record tells its sensor', ...common },
  sensor: {
    summary: 'Events of one sensor',
    params: Type.Object({ sensor: Sensor }),
    ...common,
  },
  secret: {
    summary: 'Events of a sensor that can send no header, such as Falco',
    params: Type.Object({ sensor: Sensor, secret: Secret }),
    ...common,
  },
};
