// The HTTP door for sensor events. It answers only after the commit: 200 means stored and judged.
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { Arrival } from '../model/batch.ts';
import { nearestWord } from '../lib/nearest-word.ts';
import type { EventsOrigin } from '../model/origin.ts';
import type { RawRecord } from '../model/part.ts';
import type { ReceiptClock } from './clock.ts';
import { inflateGzip, isGzip } from './inflate.ts';
import { INGEST_SCHEMAS, type IngestAnswer } from './ingest-answer.ts';
import { IntakeClosedError, type Intake, type Place } from './intake.ts';
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
  /** Without any, no word of a path can be one: what is no sensor is a slip of the pen. */
  readonly hasSecrets: boolean;
  /** Would this word of a path open the door by itself? */
  readonly isSecret: (word: string) => boolean;
  readonly bodyBytesMax: number;
  readonly waitMs: number;
  /** Falco never sends an alert again, so a full intake keeps it waiting longer. */
  readonly falcoWaitMs: number;
  readonly onRefused: (sensor: string) => void;
}

interface IngestParams {
  readonly sensor?: string;
  readonly secret?: string;
}

const SENSORS = new Set(['falco', 'tetragon', 'any']);
/** Sensors are often given a receiver's address with nothing but their own name behind it. */
const SHORT_PATHS = ['', '/v1'] as const;
const HIDDEN = { hide: true };
const RETRY_AFTER_SECONDS = 2;
const FALCO_AGENT = 'falcosecurity/falco';
/** Telemetry packs about nine to one; what packs better waits for a larger place. */
const GZIP_RATIO = 12;

/** What is known of a request before its body is read. */
interface Admitted {
  readonly sender: Sender;
  /** Room for the body, inflated, of `bytes`. */
  readonly place: Place;
  readonly bytes: number;
  /** Its body is there and on its way through the core, whether or not anybody still listens. */
  working: boolean;
}

/** Routes `/v1/ingest`, `/v1/ingest/{sensor}`, the same with a secret behind it, and `/{sensor}`. */
export function httpIngest(options: HttpIngestOptions): FastifyPluginAsync {
  return async (app) => {
    const admitted = new WeakMap<FastifyRequest, Admitted>();
    takeBodiesAsBytes(app, options.bodyBytesMax);
    // Before the body is read: who may not send costs nothing, and bodies never exceed the intake.
    app.addHook('onRequest', async (request, reply) => {
      const result = await admit(request, reply, options);
      if (result === null) return reply;
      admitted.set(request, result);
      const letGo = (): void => {
        if (!result.working) result.place.release();
      };
      // An upload that breaks off has no response; its connection ends, or has ended by now.
      reply.raw.once('close', letGo);
      if (request.raw.destroyed) letGo();
      return undefined;
    });
    const config = { role: 'ingest' as const };
    const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
      const known = admitted.get(request);
      if (known === undefined) throw new Error('A request reached the intake without a place.');
      known.working = true;
      try {
        return await ingest(known, { options, request, reply });
      } finally {
        known.place.release();
      }
    };
    const { plain, sensor, secret } = INGEST_SCHEMAS;
    // The schemas describe; what comes is bytes, which the sensors' readers judge.
    const common = { config, validatorCompiler: () => () => true };
    app.post('/v1/ingest', { ...common, schema: plain }, handler);
    app.post('/v1/ingest/:sensor', { ...common, schema: sensor }, handler);
    app.post('/v1/ingest/:sensor/:secret', { ...common, schema: secret }, handler);
    for (const path of SHORT_PATHS) {
      app.post(`${path}/:sensor(^falco|tetragon$)`, { ...common, schema: HIDDEN }, handler);
    }
  };
}

/** Sensors and shippers disagree about content types; the bytes alone say what came. */
function takeBodiesAsBytes(app: FastifyInstance, bodyLimit: number): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_request, body, done) =>
    done(null, body),
  );
}

/** Null: answered already. */
async function admit(
  request: FastifyRequest,
  reply: FastifyReply,
  options: HttpIngestOptions,
): Promise<Admitted | null> {
  const target = targetOf(request.params as IngestParams);
  const sender = options.authorize(request, target.secret);
  if (target.odd !== null && !isSecretInPath(target, options)) {
    const nearest = nearestWord(target.odd, [...SENSORS]);
    const isSlip = sender !== null || nearest !== null || !mayBeSecret(target, options);
    problem(reply, isSlip ? 404 : 401, isSlip ? noSensor(nearest) : NEITHER);
    return null;
  }
  if (sender === null) {
    problem(reply, 401, NO_SECRET);
    return null;
  }
  const bytes = bytesToHold(request, options.bodyBytesMax);
  if (bytes === null) {
    problem(reply, 413, `A body may have ${options.bodyBytesMax} bytes; send smaller ones.`);
    return null;
  }
  const place = await options.intake.admit(bytes, waitMsOf(request, options));
  if (place === null) {
    refuse({ options, request, reply }, target.sensor);
    return null;
  }
  const sensor = target.sensor === 'any' ? sender.sensor : target.sensor;
  return { sender: { ...sender, sensor }, place, bytes, working: false };
}

const waitMsOf = (request: FastifyRequest, options: HttpIngestOptions): number => {
  const isFalco = request.headers['user-agent']?.startsWith(FALCO_AGENT) ?? false;
  return isFalco ? options.falcoWaitMs : options.waitMs;
};

/** A body of unknown length counts as the largest; null if it is certainly too large. */
function bytesToHold(request: FastifyRequest, bytesMax: number): number | null {
  const length = Number(request.headers['content-length'] ?? bytesMax);
  if (length > bytesMax) return null;
  const isPacked = request.headers['content-encoding'] !== undefined;
  return isPacked ? Math.min(length * GZIP_RATIO, bytesMax) : length;
}

interface Target {
  readonly sensor: Sender['sensor'];
  readonly secret: string | null;
  /** What stands in the place of a sensor and is none: a secret, or a slip of the pen. */
  readonly odd: string | null;
}

/** `/v1/ingest/falco/S`, `/v1/ingest/falco` or `/v1/ingest/S`. */
function targetOf({ sensor = 'any', secret = '' }: IngestParams): Target {
  const own = secret === '' ? null : secret;
  if (SENSORS.has(sensor)) return { sensor: sensor as Sender['sensor'], secret: own, odd: null };
  return { sensor: 'any', secret: own ?? sensor, odd: sensor };
}

/** Where a secret follows, what stands before it has to be a sensor. */
const mayBeSecret = ({ odd, secret }: Target, { hasSecrets }: HttpIngestOptions): boolean =>
  hasSecrets && odd === secret;

/** Whoever shows a header as well may still name the secret in the path. */
const isSecretInPath = (target: Target, options: HttpIngestOptions): boolean =>
  mayBeSecret(target, options) && options.isSecret(target.odd ?? '');

const NO_SECRET = 'The secret is missing or unknown. Send it as X-Eyrie-Secret or in the path.';
const NEITHER =
  'Behind /v1/ingest/ stands neither a sensor (falco, tetragon, any) nor a known secret.';

/** The word itself is not repeated: it may be a secret after all. */
const noSensor = (nearest: string | null): string =>
  nearest === null
    ? 'There is no such sensor: post to /v1/ingest/ and falco, tetragon or any.'
    : `There is no such sensor; did you mean /v1/ingest/${nearest}? There are falco, tetragon and any.`;

type Body =
  | { readonly ok: true; readonly bytes: Uint8Array; readonly place: Place | null }
  | { readonly ok: false; readonly status: number; readonly detail: string };

/** The body as its sender wrote it. What inflates beyond the place it has waits for a larger one. */
async function bodyOf({ bytes }: Admitted, { options, request }: Exchange): Promise<Body> {
  const raw = request.body instanceof Uint8Array ? request.body : new Uint8Array();
  const named = request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  const encoding = named === 'x-gzip' ? 'gzip' : named;
  if (encoding !== 'identity' && encoding !== 'gzip') {
    const detail = `Content-Encoding "${encoding}" is not read; send gzip or nothing.`;
    return { ok: false, status: 415, detail };
  }
  // Who sends a packed file as it is often forgets to say so. No record begins like gzip.
  if (encoding === 'gzip' || isGzip(raw)) return inflatedBody(raw, bytes, { options, request });
  return { ok: true, bytes: raw, place: null };
}

async function inflatedBody(
  raw: Uint8Array,
  bytes: number,
  { options, request }: Pick<Exchange, 'options' | 'request'>,
): Promise<Body> {
  const { bodyBytesMax, intake } = options;
  const inflated = await inflateGzip(raw, bytes);
  if (inflated.ok) return { ok: true, bytes: inflated.bytes, place: null };
  if (inflated.code !== 'too-large') return { ok: false, status: 400, detail: inflated.detail };
  if (bytes >= bodyBytesMax) return { ok: false, status: 413, detail: inflated.detail };
  const place = await intake.admit(bodyBytesMax - bytes, waitMsOf(request, options));
  if (place === null) return { ok: false, status: 503, detail: FULL };
  const again = await inflateGzip(raw, bodyBytesMax);
  if (again.ok) return { ok: true, bytes: again.bytes, place };
  place.release();
  return { ok: false, status: again.code === 'too-large' ? 413 : 400, detail: again.detail };
}

interface Exchange {
  readonly options: HttpIngestOptions;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

async function ingest(known: Admitted, exchange: Exchange): Promise<unknown> {
  const { options, reply } = exchange;
  const body = await bodyOf(known, exchange);
  if (!body.ok) {
    if (body.status === 503) return refuse(exchange, known.sender.sensor);
    return problem(reply, body.status, body.detail);
  }
  try {
    const records = splitBody(body.bytes).map((bytes) => ({ bytes, position: 0 }));
    if (records.length === 0) return problem(reply, 400, 'The body holds no record.');
    const part = partOf(records, known.sender, options.clock);
    const answer = answerOf((await options.intake.deliver([part])).arrivals);
    const nothingGood = answer.accepted + answer.duplicate + answer.skipped === 0;
    return await reply.code(nothingGood ? 400 : 200).send(answer);
  } catch (error) {
    if (error instanceof IntakeClosedError) {
      return refuse(exchange, known.sender.sensor, error.message);
    }
    throw error;
  } finally {
    body.place?.release();
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
function answerOf(arrivals: readonly Arrival[]): IngestAnswer {
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

const FULL = 'The intake is full or closed. Nothing of this request was taken.';

function refuse({ options, reply }: Exchange, sensor: string, detail = FULL): FastifyReply {
  options.onRefused(sensor);
  void reply.header('retry-after', String(RETRY_AFTER_SECONDS));
  return problem(reply, 503, detail);
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Unauthorized',
  404: 'No such sensor',
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
