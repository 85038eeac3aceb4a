import { InvalidArgumentError, Option, type Command } from 'commander';
import { createApiClient, serverUrl } from '../api-client.ts';
import { createEventSender, type EventSender, type SendLedger } from '../event-sender.ts';
import { EXIT } from '../exit-codes.ts';
import { createProgressBar } from '../progress-bar.ts';
import { openRecords, type RecordSource } from '../read-records.ts';
import { offsetToNow, ownSecond, shiftTimes } from '../shift-times.ts';
import type { CommandContext } from '../services.ts';
import type { Terminal } from '../terminal.ts';
import { visibleJson } from '../visible-json.ts';

interface SendFlags {
  readonly to?: string;
  readonly rate?: number;
  readonly keepTime?: boolean;
  readonly sensor?: 'falco' | 'tetragon';
  readonly json?: boolean;
}

const RECORDS_PER_BODY = 500;
const BYTES_PER_BODY = 8 * 1024 * 1024;
/** With a rate, so many requests may be on their way at once. */
const IN_FLIGHT_MAX = 16;
const LINE_END = Buffer.from('\n');

const EXAMPLES = `
All times inside the events are moved by the same number of seconds, so that the newest event
happens now. Fractions of seconds stay as they are. Secrets come from EYRIE_INGEST_SECRET (or
EYRIE_TOKEN). With --rate every event is a request of its own, as Falco sends them.

Examples:
  npx eyrie send fixtures/scenarios/web-shell/input.ndjson --to http://127.0.0.1:7780
  npx eyrie send falco.json.gz --sensor falco --rate 50
  tail -n 1000 tetragon.log | npx eyrie send - --keep-time`;

/** `eyrie send`: plays recorded events at a running server. */
export function addSendCommand(program: Command, context: CommandContext): void {
  program
    .command('send')
    .description('play recorded events at a running server, as if they happened now')
    .argument('<file>', 'event file, plain or .gz; - reads standard input')
    .option(
      '--to <url>',
      'address of the server (default EYRIE_URL, else that of ./eyrie.yaml, else http://127.0.0.1:7780)',
    )
    .option('--rate <number>', 'events per second, one per request', parseRate)
    .option('--keep-time', 'leave all times as they are')
    .addOption(
      new Option('--sensor <name>', 'all events are of this sensor').choices(['falco', 'tetragon']),
    )
    .option('--json', 'print the ledger as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, flags: SendFlags) => send(file, flags, context));
}

function parseRate(text: string): number {
  const rate = Number(text);
  if (!(rate > 0) || rate > 100_000) {
    throw new InvalidArgumentError('It must be a number above 0 and at most 100000.');
  }
  return rate;
}

async function send(file: string, flags: SendFlags, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const client = createApiClient(serverUrl(flags.to, terminal), terminal);
  const source = await openRecords(file, terminal);
  const { count, newest } = await survey(source);
  const isMoved = flags.keepTime !== true && newest !== null;
  const bySeconds = isMoved ? offsetToNow(newest, terminal.now()) : 0;
  const sender = createEventSender({
    client,
    path: flags.sensor === undefined ? '/v1/ingest' : `/v1/ingest/${flags.sensor}`,
    sleep: terminal.sleep,
  });
  const bar = createProgressBar(terminal, 'Sending');
  const onSent = (events: number, bytes: number): void =>
    bar.update({ bytes, totalBytes: count.bytes, events });
  try {
    const records = shifted(source, bySeconds);
    if (flags.rate === undefined) await sendBodies(records, sender, onSent);
    else await sendOneByOne(records, sender, { rate: flags.rate, terminal, onSent });
  } catch (error) {
    // What was sent before the failure is worth a line; where nothing was, only the failure is.
    const ledger = sender.ledger();
    bar.stop();
    if (ledger.sent > 0) report(ledger, bySeconds, { flags, context });
    throw error;
  }
  bar.stop();
  report(sender.ledger(), bySeconds, { flags, context });
}

interface Survey {
  readonly count: { readonly records: number; readonly bytes: number };
  readonly newest: number | null;
}

/** Reads everything once, to know the newest event and the size before the first is sent. */
async function survey(source: RecordSource): Promise<Survey> {
  let records = 0;
  let bytes = 0;
  let newest: number | null = null;
  for await (const record of source.read()) {
    records += 1;
    bytes += record.byteLength;
    const second = ownSecond(asLatin1(record));
    if (second !== null && (newest === null || second > newest)) newest = second;
  }
  return { count: { records, bytes }, newest };
}

/** Each byte as one character, so that even invalid UTF-8 comes out as it went in. */
const asLatin1 = (record: Uint8Array): string =>
  Buffer.from(record.buffer, record.byteOffset, record.byteLength).toString('latin1');

async function* shifted(
  source: RecordSource,
  bySeconds: number,
): AsyncGenerator<Buffer<ArrayBuffer>> {
  for await (const record of source.read()) {
    yield Buffer.from(shiftTimes(asLatin1(record), bySeconds), 'latin1');
  }
}

type OnSent = (events: number, bytes: number) => void;

async function sendBodies(
  records: AsyncIterable<Buffer<ArrayBuffer>>,
  sender: EventSender,
  onSent: OnSent,
): Promise<void> {
  let body: Buffer[] = [];
  let bodyBytes = 0;
  let count = 0;
  let events = 0;
  let bytes = 0;
  const flush = async (): Promise<void> => {
    if (count === 0) return;
    await sender.send(Buffer.concat(body), count);
    events += count;
    bytes += bodyBytes;
    onSent(events, bytes);
    body = [];
    bodyBytes = 0;
    count = 0;
  };
  for await (const record of records) {
    if (count === RECORDS_PER_BODY || bodyBytes + record.byteLength > BYTES_PER_BODY) await flush();
    body.push(record, LINE_END);
    bodyBytes += record.byteLength;
    count += 1;
  }
  await flush();
}

interface Pace {
  readonly rate: number;
  readonly terminal: Terminal;
  readonly onSent: OnSent;
}

/** Each event leaves when it is due; a server that is slower than the rate holds us up. */
async function sendOneByOne(
  records: AsyncIterable<Buffer<ArrayBuffer>>,
  sender: EventSender,
  { rate, terminal, onSent }: Pace,
): Promise<void> {
  const startMs = terminal.now() / 1000;
  const inFlight = new Set<Promise<void>>();
  const failures: unknown[] = [];
  let events = 0;
  let bytes = 0;
  for await (const record of records) {
    if (failures.length > 0) break;
    const aheadMs = startMs + (events * 1000) / rate - terminal.now() / 1000;
    if (aheadMs > 1) await terminal.sleep(aheadMs);
    if (inFlight.size >= IN_FLIGHT_MAX) await Promise.race(inFlight);
    // A failure is kept for the end of the loop; thrown here, nobody might be waiting for it.
    const request = sender
      .send(record, 1)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => inFlight.delete(request));
    inFlight.add(request);
    events += 1;
    bytes += record.byteLength;
    onSent(events, bytes);
  }
  await Promise.all(inFlight);
  if (failures.length > 0) throw failures[0];
}

function report(
  ledger: SendLedger,
  bySeconds: number,
  { flags, context }: { flags: SendFlags; context: CommandContext },
): void {
  const { terminal } = context;
  if (ledger.rejected > 0 && ledger.accepted + ledger.duplicate === 0) {
    context.setExitCode(EXIT.failed);
  }
  if (flags.json === true) terminal.print(visibleJson({ ...ledger, movedBySeconds: bySeconds }));
  else terminal.print(ledgerLines(ledger, bySeconds).join('\n'));
}

function ledgerLines(ledger: SendLedger, bySeconds: number): string[] {
  const moved = bySeconds === 0 ? 'times left as they are' : `times moved by ${bySeconds} s`;
  const codes = Object.entries(ledger.rejectionCodes).map(([code, count]) => `${count} ${code}`);
  return [
    `${ledger.sent} events sent in ${ledger.requests} requests, ${moved}`,
    `${ledger.accepted} accepted, ${ledger.duplicate} duplicate, ${ledger.rejected} rejected, ${ledger.skipped} skipped`,
    ...(codes.length === 0 ? [] : [`rejected as: ${codes.join(', ')}`]),
    ...(ledger.waits === 0 ? [] : [`the server was full ${ledger.waits} times`]),
  ];
}
