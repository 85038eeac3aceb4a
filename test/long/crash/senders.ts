// Clients as shippers are: each has one connection, sends one body after the other, and sends the
// same body again until it is answered.
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'undici';
import { createAuthors, type LedgerBody, ndjson, type NodeAuthor } from './ledger.ts';

export interface SendersOptions {
  readonly url: string;
  /** Events per second of all clients together. */
  readonly rate: number;
}

export interface Senders {
  /** All bodies in the order they were begun. */
  readonly bodies: readonly LedgerBody[];
  /** Events answered with 200 so far. */
  readonly answered: number;
  /** What was answered with anything but 200, or with an outcome that should not be. */
  readonly complaints: readonly string[];
  /** Clients whose request is with the server at the moment. */
  readonly waiting: number;
  /** Which life of the server it is; null while it is down, when failing says nothing. */
  life: number | null;
  /** Begins no more bodies; settles when each has its answer. */
  finish(): Promise<void>;
}

const BODY_EVENTS_MAX = 50;
const RETRY_MS = 25;
const MS_PER_SECOND = 1000;

interface State {
  bodies: LedgerBody[];
  answered: number;
  complaints: string[];
  waiting: number;
  life: number | null;
  finishing: boolean;
}

/** Starts the clients. They go on until `finish`. */
export function startSenders({ url, rate }: SendersOptions): Senders & State {
  const state: State = {
    bodies: [],
    answered: 0,
    complaints: [],
    waiting: 0,
    life: null,
    finishing: false,
  };
  const authors = createAuthors();
  const clients = authors.map(async (author) =>
    runClient(state, { url, author, rate: rate / authors.length }),
  );
  return Object.assign(state, {
    async finish() {
      state.finishing = true;
      await Promise.all(clients);
    },
  });
}

interface ClientOptions {
  readonly url: string;
  readonly author: NodeAuthor;
  readonly rate: number;
}

async function runClient(state: State, { url, author, rate }: ClientOptions): Promise<void> {
  const client = new Client(url, { keepAliveTimeout: 60_000, connectTimeout: 1_000 });
  let dueMs = performance.now();
  while (!state.finishing) {
    // While the server is down nothing new is begun; the shipper's first request finds that out.
    const body = author.body(1 + Math.floor(Math.random() * BODY_EVENTS_MAX));
    state.bodies.push(body);
    await sendUntilAnswered(state, client, body);
    dueMs = Math.max(dueMs, performance.now() - MS_PER_SECOND);
    dueMs += (body.events.length / rate) * MS_PER_SECOND;
    const pauseMs = dueMs - performance.now();
    if (pauseMs > 0) await sleep(pauseMs);
  }
  await client.close();
}

async function sendUntilAnswered(state: State, client: Client, body: LedgerBody): Promise<void> {
  const payload = ndjson(body.events);
  for (;;) {
    const answer = await sendOnce(state, client, { body, payload });
    if (answer === 'answered') return;
    await sleep(RETRY_MS);
  }
}

interface Sending {
  readonly body: LedgerBody;
  readonly payload: Buffer;
}

async function sendOnce(
  state: State,
  client: Client,
  { body, payload }: Sending,
): Promise<'answered' | 'failed'> {
  const { life } = state;
  state.waiting += 1;
  try {
    const response = await client.request({ method: 'POST', path: '/v1/ingest', body: payload });
    const text = await response.body.text();
    judge(state, body, { status: response.statusCode, text });
    return response.statusCode === 200 ? 'answered' : 'failed';
  } catch {
    if (life !== null) body.unansweredIn.push(life);
    return 'failed';
  } finally {
    state.waiting -= 1;
  }
}

function judge(state: State, body: LedgerBody, answer: { status: number; text: string }): void {
  const { status, text } = answer;
  if (status === 503) return;
  const { accepted = 0, duplicate = 0 } = JSON.parse(text) as Record<string, number>;
  const size = body.events.length;
  const isWhole = accepted === size || duplicate === size;
  // A body is one part of one batch: after a kill all of it is there or none.
  if (status !== 200 || !isWhole) state.complaints.push(`${status} for ${size} events: ${text}`);
  if (status === 200) state.answered += size;
}
