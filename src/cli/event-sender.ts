import { problemText, exitCodeOf, type ApiAnswer, type ApiClient } from './api-client.ts';
import { CliFailure } from './cli-failure.ts';
import { EXIT } from './exit-codes.ts';

/** What the server said of everything that was sent. */
export interface SendLedger {
  readonly sent: number;
  readonly requests: number;
  readonly accepted: number;
  readonly duplicate: number;
  readonly skipped: number;
  readonly rejected: number;
  /** Times the server was full and we came back later. */
  readonly waits: number;
  /** How often each rejection code came. */
  readonly rejectionCodes: Readonly<Record<string, number>>;
}

export interface EventSender {
  /** Sends one body of so many records, again and again while the server is full. */
  send(body: Uint8Array<ArrayBuffer>, records: number): Promise<void>;
  ledger(): SendLedger;
}

const WAITS_MAX = 60;
const RETRY_AFTER_SECONDS_DEFAULT = 1;
const RETRY_AFTER_SECONDS_MAX = 60;

interface Tally {
  sent: number;
  requests: number;
  accepted: number;
  duplicate: number;
  skipped: number;
  rejected: number;
  waits: number;
}

/** Sends bodies to the ingest door and keeps the ledger. */
export function createEventSender(options: {
  readonly client: ApiClient;
  readonly path: string;
  readonly sleep: (ms: number) => Promise<void>;
}): EventSender {
  const tally: Tally = {
    sent: 0,
    requests: 0,
    accepted: 0,
    duplicate: 0,
    skipped: 0,
    rejected: 0,
    waits: 0,
  };
  const codes = new Map<string, number>();
  const post = async (body: Uint8Array<ArrayBuffer>): Promise<ApiAnswer> => {
    for (let waits = 0; ; waits += 1) {
      tally.requests += 1;
      const answer = await options.client.request({
        method: 'POST',
        path: options.path,
        headers: { 'content-type': 'application/x-ndjson' },
        body,
      });
      if (answer.status !== 503 && answer.status !== 429) return answer;
      if (waits === WAITS_MAX) throw new CliFailure(EXIT.tryAgain, problemText(answer));
      tally.waits += 1;
      await options.sleep(retryAfterMs(answer));
    }
  };
  return {
    send: async (body, records) => {
      const answer = await post(body);
      const counts = readCounts(answer);
      if (counts === null) throw new CliFailure(exitCodeOf(answer.status), problemText(answer));
      tally.sent += records;
      tally.accepted += counts.accepted;
      tally.duplicate += counts.duplicate;
      tally.skipped += counts.skipped;
      tally.rejected += counts.codes.length;
      for (const code of counts.codes) codes.set(code, (codes.get(code) ?? 0) + 1);
    },
    ledger: () => ({ ...tally, rejectionCodes: Object.fromEntries(codes) }),
  };
}

/** Retry-After as seconds; its other form, a date, is never sent by Eyrie. */
function retryAfterMs(answer: ApiAnswer): number {
  const seconds = Number(answer.header('retry-after') ?? RETRY_AFTER_SECONDS_DEFAULT);
  const isUsable = Number.isFinite(seconds) && seconds >= 0;
  return 1000 * Math.min(isUsable ? seconds : RETRY_AFTER_SECONDS_DEFAULT, RETRY_AFTER_SECONDS_MAX);
}

interface Counts {
  readonly accepted: number;
  readonly duplicate: number;
  readonly skipped: number;
  readonly codes: readonly string[];
}

/** The counts of an answer; a 400 that lists what is wrong with every record has them too. */
function readCounts(answer: ApiAnswer): Counts | null {
  const { body, status } = answer;
  if ((status !== 200 && status !== 400) || typeof body !== 'object' || body === null) return null;
  const fields = body as Readonly<Record<string, unknown>>;
  const list = fields['rejected'];
  if (typeof fields['accepted'] !== 'number' || !Array.isArray(list)) return null;
  return {
    accepted: fields['accepted'],
    duplicate: Number(fields['duplicate'] ?? 0),
    skipped: Number(fields['skipped'] ?? 0),
    codes: list.map((entry: unknown) => String((entry as { code?: unknown } | null)?.code)),
  };
}
