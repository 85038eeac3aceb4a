// The HTTP door for sensor events. It answers only after the commit: 200 means stored and judged.
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { Arrival } from '../model/batch.ts';
import type { EventsOrigin } from '../model/origin.ts';
import type { RawRecord } from '../model/part.ts';
import type { RejectionCode } from '../model/rejection.ts';
import type { ReceiptClock } from './clock.ts';
import { inflateGzip } from './inflate.ts';
import { IntakeClosedError, type Intake } from './intake.ts';
import { splitBody } from './split-records.ts';

/** Who sends, as its secret says. */
export interface Sender {
  readonly cluster: string;
  readonly latenessMs: number;
  readonly sensor: 'falco' | 'tetragon' | 'any';
}

export interface HttpIngestOptions {
  readonly intake: Intake;
  readonly clock: ReceiptClock;
  /** Null refuses the request with 401. `pathSecret` is what the URL path names, if anything. */
  readonly authorize: (request: FastifyRequest, pathSecret: string | null) => Sender | null;
  readonly bodyBytesMax: number;
  readonly waitMs: number;
  /** Falco never sends an alert again, so a full intake keeps it waiting longer. */
  readonly falcoWaitMs: number;
  readonly onRefused: (sensor: string) => void;
}

export interface IngestAnswer {
  readonly accepted: number;
  readonly duplicate: number;
  readonly skipped: number;
  readonly rejected: readonly { index: number; code: RejectionCode; detail: string }[];
}

interface IngestParams {
  readonly sensor?: string;
  readonly secret?: string;
}

const SENSORS = new Set(['falco', 'tetragon', 'any']);
const RETRY_AFTER_SECONDS = 2;
const FALCO_AGENT = 'falcosecurity/falco';

/** Routes `/v1/ingest`, `/v1/ingest/{sensor}` and the same with a secret behind it. */
export function httpIngest(options: HttpIngestOptions): FastifyPluginAsync {
  return async (app) => {
    takeBodiesAsBytes(app, options.bodyBytesMax);
    const config = { role: 'ingest' as const };
    const handler = ingestHandler(options);
    app.post('/v1/ingest', { config }, handler);
    app.post('/v1/ingest/:sensor', { config }, handler);
    app.post('/v1/ingest/:sensor/:secret', { config }, handler);
  };
}

/** Sensors and shippers disagree about content types; the bytes alone say what came. */
function takeBodiesAsBytes(app: FastifyInstance, bodyLimit: number): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_request, body, done) =>
    done(null, body),
  );
}

function ingestHandler(options: HttpIngestOptions) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const target = targetOf(request.params as IngestParams);
    const sender = options.authorize(request, target.secret);
    if (sender === null) {
      return problem(
        reply,
        401,
        'The secret is missing or unknown. Send it as X-Eyrie-Secret or in the path.',
      );
    }
    const body = await bodyOf(request, options.bodyBytesMax);
    if (!body.ok) return problem(reply, body.status, body.detail);
    const sensor = target.sensor === 'any' ? sender.sensor : target.sensor;
    return ingest(body.bytes, { ...sender, sensor }, { options, request, reply });
  };
}

/** `/v1/ingest/falco/S`, `/v1/ingest/falco` or `/v1/ingest/S`. */
function targetOf(params: IngestParams): { sensor: Sender['sensor']; secret: string | null } {
  const { sensor = 'any', secret = null } = params;
  if (SENSORS.has(sensor)) return { sensor: sensor as Sender['sensor'], secret };
  return { sensor: 'any', secret: sensor };
}

type Body = { ok: true; bytes: Uint8Array } | { ok: false; status: number; detail: string };

async function bodyOf(request: FastifyRequest, bytesMax: number): Promise<Body> {
  const raw = request.body instanceof Uint8Array ? request.body : new Uint8Array();
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding === 'identity') return { ok: true, bytes: raw };
  if (encoding !== 'gzip') {
    const detail = `Content-Encoding "${encoding}" is not read; send gzip or nothing.`;
    return { ok: false, status: 415, detail };
  }
  const inflated = await inflateGzip(raw, bytesMax);
  if (inflated.ok) return { ok: true, bytes: inflated.bytes };
  return { ok: false, status: inflated.code === 'too-large' ? 413 : 400, detail: inflated.detail };
}

interface Exchange {
  readonly options: HttpIngestOptions;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

async function ingest(bytes: Uint8Array, sender: Sender, exchange: Exchange): Promise<unknown> {
  const { options, request, reply } = exchange;
  const records = splitBody(bytes).map((record) => ({ bytes: record, position: 0 }));
  if (records.length === 0) return problem(reply, 400, 'The body holds no record.');
  const isFalco = request.headers['user-agent']?.startsWith(FALCO_AGENT) ?? false;
  const waitMs = isFalco ? options.falcoWaitMs : options.waitMs;
  const place = await options.intake.admit(bytes.byteLength, waitMs);
  if (place === null) return refuse(exchange, sender.sensor);
  try {
    const outcome = await options.intake.deliver([partOf(records, sender, options.clock)]);
    const answer = answerOf(outcome.arrivals);
    const nothingGood = answer.accepted + answer.duplicate + answer.skipped === 0;
    return reply.code(nothingGood ? 400 : 200).send(answer);
  } catch (error) {
    if (error instanceof IntakeClosedError) return refuse(exchange, sender.sensor);
    throw error;
  } finally {
    place.release();
  }
}

function partOf(records: readonly RawRecord[], sender: Sender, clock: ReceiptClock) {
  // Named one by one: nothing else that is known of a sender belongs into the journal.
  const { cluster, latenessMs, sensor } = sender;
  const origin: EventsOrigin = {
    kind: 'events',
    carrier: 'http',
    partition: '',
    cluster,
    latenessMs,
    sensor,
  };
  return { origin, receivedAt: clock.now(), records };
}

/** Counts what became of each record and names what was refused. */
export function answerOf(arrivals: readonly Arrival[]): IngestAnswer {
  const answer = { accepted: 0, duplicate: 0, skipped: 0 };
  const rejected: IngestAnswer['rejected'][number][] = [];
  for (const [index, arrival] of arrivals.entries()) {
    if (arrival.outcome === 'rejected') {
      rejected.push({ index, code: arrival.rejection.code, detail: arrival.rejection.detail });
    } else if (arrival.outcome !== 'control') {
      answer[arrival.outcome] += 1;
    }
  }
  return { ...answer, rejected };
}

function refuse({ options, reply }: Exchange, sensor: string): FastifyReply {
  options.onRefused(sensor);
  void reply.header('retry-after', String(RETRY_AFTER_SECONDS));
  return problem(reply, 503, 'The intake is full or closed. Nothing of this request was taken.');
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Unauthorized',
  413: 'Body too large',
  415: 'Encoding not supported',
  503: 'Intake full',
};

function problem(reply: FastifyReply, status: number, detail: string): FastifyReply {
  const title = TITLES[status] ?? 'Error';
  return reply
    .code(status)
    .type('application/problem+json')
    .send({ type: `urn:eyrie:problem:ingest-${status}`, title, status, detail });
}
