// Posts events at a server as fast as it answers, from a process of its own:
//   node bench/load-generator.ts '{"url":…,"file":…,"recordsPerBody":1,"connections":32,…}'
import { Pool } from 'undici';
import { readLiveLines, type LiveLine } from './live-lines.ts';
import { quantile } from './quantile.ts';

export interface LoadOptions {
  readonly url: string;
  readonly file: string;
  /** Lines that are kept in memory and sent round and round. */
  readonly lines: number;
  readonly recordsPerBody: number;
  readonly connections: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

export interface LoadFigures {
  readonly seconds: number;
  readonly requests: number;
  readonly events: number;
  readonly accepted: number;
  readonly duplicate: number;
  readonly rejected: number;
  /** Answers that were no 200, by status. */
  readonly refused: Readonly<Record<string, number>>;
  readonly latencyMs: { readonly median: number; readonly p99: number; readonly max: number };
}

interface Body {
  readonly bytes: Buffer;
  readonly path: string;
}

/** Cuts the recorded lines into bodies, each event happening in the second it is sent. */
function createBodies(lines: readonly LiveLine[], recordsPerBody: number): () => Body {
  const lineEnd = Buffer.from('\n');
  let index = 0;
  const nextLine = (): LiveLine => {
    const line = lines[index];
    index = (index + 1) % lines.length;
    if (line === undefined) throw new Error('There are no lines to send');
    line.happenAt(Math.floor(Date.now() / 1000));
    return line;
  };
  return () => {
    if (recordsPerBody === 1) {
      const line = nextLine();
      // A copy, because the line may be moved again while the socket still holds it.
      return { bytes: Buffer.from(line.bytes), path: `/v1/ingest/${line.sensor}` };
    }
    const parts: Buffer[] = [];
    for (let count = 0; count < recordsPerBody; count += 1) parts.push(nextLine().bytes, lineEnd);
    return { bytes: Buffer.concat(parts), path: '/v1/ingest' };
  };
}

interface Tally {
  requests: number;
  accepted: number;
  duplicate: number;
  rejected: number;
  readonly refused: Map<string, number>;
  readonly latenciesMs: number[];
}

const freshTally = (): Tally => ({
  requests: 0,
  accepted: 0,
  duplicate: 0,
  rejected: 0,
  refused: new Map(),
  latenciesMs: [],
});

interface Answer {
  readonly accepted: number;
  readonly duplicate: number;
  readonly rejected: readonly unknown[];
}

async function post(pool: Pool, body: Body, tally: Tally): Promise<void> {
  const started = performance.now();
  const { statusCode, body: answerBody } = await pool.request({
    method: 'POST',
    path: body.path,
    headers: { 'content-type': 'application/json' },
    body: body.bytes,
  });
  const text = await answerBody.text();
  tally.requests += 1;
  tally.latenciesMs.push(performance.now() - started);
  if (statusCode !== 200) {
    tally.refused.set(String(statusCode), (tally.refused.get(String(statusCode)) ?? 0) + 1);
    return;
  }
  const answer = JSON.parse(text) as Answer;
  tally.accepted += answer.accepted;
  tally.duplicate += answer.duplicate;
  tally.rejected += answer.rejected.length;
}

/** Keeps every connection busy; what is answered during the warm-up is not counted. */
export async function generateLoad(options: LoadOptions): Promise<LoadFigures> {
  const nextBody = createBodies(readLiveLines(options.file, options.lines), options.recordsPerBody);
  const pool = new Pool(options.url, { connections: options.connections, pipelining: 1 });
  const warmUntil = performance.now() + options.warmUpSeconds * 1000;
  const until = warmUntil + options.seconds * 1000;
  const warmUp = freshTally();
  const tally = freshTally();
  const work = async (): Promise<void> => {
    for (let now = performance.now(); now < until; now = performance.now()) {
      await post(pool, nextBody(), now < warmUntil ? warmUp : tally);
    }
  };
  await Promise.all(Array.from({ length: options.connections }, work));
  const seconds = (performance.now() - warmUntil) / 1000;
  await pool.close();
  return {
    seconds,
    requests: tally.requests,
    events: tally.requests * options.recordsPerBody,
    accepted: tally.accepted,
    duplicate: tally.duplicate,
    rejected: tally.rejected,
    refused: Object.fromEntries(tally.refused),
    latencyMs: {
      median: quantile(tally.latenciesMs, 0.5),
      p99: quantile(tally.latenciesMs, 0.99),
      max: quantile(tally.latenciesMs, 1),
    },
  };
}

if (import.meta.main) {
  const [text] = process.argv.slice(2);
  if (text === undefined) throw new Error('Give the options as JSON');
  console.log(JSON.stringify(await generateLoad(JSON.parse(text) as LoadOptions)));
}
