import { formatDuration } from '../lib/format-duration.ts';
import type { RejectionCode, SkipReason } from '../model/rejection.ts';
import { MICROS_PER_SECOND, type Micros } from '../model/micros.ts';
import type { ArrivalsReport, RefusedRequests, RejectedReport } from './arrivals-report.ts';
import { type Check, counted, fail, percent, warn } from './check.ts';

/** What happened longer ago was mended meanwhile, or nobody would have waited. */
const RECENT: Micros = 600 * MICROS_PER_SECOND;
const FEW = 0.01;

/** What to do about records that were refused. */
export const REJECTION_ADVICE: Readonly<Record<RejectionCode, string>> = {
  'invalid-json':
    'Records are cut or broken on their way: look for a shipper that splits long lines, and at GET /v1/dead-letters.',
  'not-json': 'The sensor sends text: set json_output: true in falco.yaml.',
  'not-an-object':
    'Something other than events is sent: look at what the shipper puts into a body.',
  'too-large': 'Events over 1 MiB are none of a sensor: look at GET /v1/dead-letters.',
  'too-deep': 'No sensor nests so deep: look at GET /v1/dead-letters.',
  'unknown-sensor':
    'A carrier wraps the events in a form that is not known here: let it send the line as it is.',
  'unsupported-kind': 'This version does not read these events; nothing needs to be done.',
  'invalid-shape':
    'A field that an event needs is missing or changed: look for filters and transforms in the shipper, and for field filters in Tetragon.',
  'invalid-action': 'An action of an analyst was written wrongly.',
  'core-fault': 'A fault of Eyrie itself: please report it with the record.',
};

/** What records were that were passed over; there is nothing to do about them. */
export const SKIP_MEANING: Readonly<Record<SkipReason, string>> = {
  'log-line': 'Lines of a log between the events of a file; nothing is lost.',
};

/** What to do about requests that were turned away. */
const STATUS_ADVICE: ReadonlyMap<number, string> = new Map([
  [400, 'Their bodies held nothing that could be read; the answer names the reason.'],
  [
    401,
    'A sensor shows no secret or a wrong one. It stands in eyrie.yaml below ingest.secrets; Falco needs it behind /v1/ingest/falco/ in its url, others in the header X-Eyrie-Secret.',
  ],
  [
    404,
    'A sensor posts to a wrong path: it must be /v1/ingest/falco, /v1/ingest/tetragon or /v1/ingest.',
  ],
  [
    413,
    'Their bodies are too large: let the shipper send smaller batches, or raise ingest.bodyBytesMax.',
  ],
  [415, 'Their Content-Encoding is not read: send gzip or nothing.'],
  [
    503,
    'The intake was full. What Falco or falcosidekick sent is lost: give Eyrie a faster disk, or fewer events.',
  ],
]);

/** Requests and records that were turned away. */
export function checkIntake(report: ArrivalsReport): readonly Check[] {
  const { now, refusedRequests, rejected, sensors } = report;
  const refused = (refusedRequests ?? []).filter(({ lastAt }) => now - lastAt <= RECENT);
  const records = sensors.reduce((sum, sensor) => sum + sensor.accepted + sensor.duplicate, 0);
  const all = rejected.reduce((sum, { count }) => sum + count, records);
  return [
    ...refused.map((one) => refusedCheck(one, now)),
    ...rejected
      .filter(({ lastAt }) => now - lastAt <= RECENT)
      .map((one) => rejectedCheck(one, all)),
  ];
}

function refusedCheck({ status, count, lastAt }: RefusedRequests, now: Micros): Check {
  const ago = formatDuration(now - lastAt);
  const were = count === 1 ? 'was' : 'were';
  const sentence = `${counted(count, 'request')} to the intake ${were} refused with ${status}, the last one ${ago} ago.`;
  const advice = STATUS_ADVICE.get(status);
  return fail('requests-refused', sentence, { advice: advice === undefined ? [] : [advice] });
}

function rejectedCheck({ code, count, detail }: RejectedReport, all: number): Check {
  const were = count === 1 ? 'was' : 'were';
  const sentence = `${counted(count, 'record')} (${percent(count, all)}) ${were} rejected as ${code}. The last one: ${detail}`;
  const make = count > all * FEW ? fail : warn;
  return make('records-rejected', sentence, { advice: [REJECTION_ADVICE[code]] });
}
