/** Every limit of Eyrie in one place: name with its unit, and why it is what it is. */

const KIB = 1024;
const MIB = 1024 * KIB;

export const LIMITS = {
  /** One event. Tetragon's largest seen is 4.5 kB, Falco's 13.8 kB; ancestors can repeat 16 processes. */
  recordBytesMax: 1 * MIB,
  /** One HTTP body after inflating. Vector and Fluent Bit send a few MiB at most. */
  bodyBytesMax: 16 * MIB,
  /** Nesting of one event. Real ones stay below 12. */
  recordDepthMax: 64,
  /** Text kept of one field in memory; the raw event keeps all of it. */
  fieldCharsMax: 4096,
  /** How far behind the newest event of its lane an event may be and still be in order. */
  latenessMs: 5_000,
  /** An event further ahead of its receipt than this is ordered by the receipt. */
  futureToleranceMs: 10_000,
  /** A Falco alert is ordered this much later, behind the Tetragon exec of its process. */
  falcoDelayMs: 100,
  lanesMax: 20_000,
  /** A lane that said nothing for so long does not hold the watermark. */
  laneSilenceMs: 30_000,
  /** Nor does one so far behind the median lane of its partition. */
  laneBehindMs: 60_000,
  /** A lane silent for so long is forgotten, so that nodes that are gone do not use up `lanesMax`. */
  laneForgetMs: 3_600_000,
  /** Raw bytes of held events; over it the oldest are released early. */
  heldBytesMax: 128 * MIB,
  /** After a start the tick waits this long before it moves the watermark. */
  startGraceMs: 10_000,
  seenIdsMax: 2_000_000,
  seenForMs: 15 * 60_000,
  processesMax: 1_000_000,
  ancestorsMax: 16,
  /** Containers whose pod a sensor once named. */
  learnedContainersMax: 100_000,
  incidentsInMemoryMax: 20_000,
  mergedIncidentsMax: 8,
  correlationGroupsPerRuleMax: 10_000,
  correlationGroupsPerPodMax: 1_000,
  correlationEntriesPerGroupMax: 1_000,
  groupKeyBytesMax: 256,
  /** A batch closes when it holds this much, or at once when the core is free. */
  batchBytes: 1 * MIB,
  unsettledBatchesMax: 4,
  unsettledBytesMax: 16 * MIB,
  /** Bytes of requests that wait for their turn; above it new ones wait outside, then get 503. */
  intakeBytesMax: 64 * MIB,
  intakeWaitMs: 1_500,
  falcoIntakeWaitMs: 30_000,
  /** How often a followed file is looked at, and how often names are matched again. */
  followPollMs: 250,
  followScanMs: 2_000,
  /** A rotated file is let go when nothing was written into it for so long. */
  followQuietMs: 10_000,
  /** A file that was not read to its end is looked for as long as it may be between two names. */
  followMissingMs: 2_000,
  /** A file that a pattern found and that is gone for so long is forgotten. */
  followForgetMs: 600_000,
  followedFilesMax: 1_000,
  snapshotEvents: 50_000,
  snapshotIntervalMs: 30_000,
  tickMs: 1_000,
  shutdownMs: 10_000,
  journalKeepBytes: 20 * 1024 * MIB,
  journalKeepMs: 30 * 24 * 3_600_000,
  /** Raw bytes of journal rows the writer keeps unpacked, for evidence of events held a moment ago. */
  unpackedRowsBytesMax: 16 * MIB,
  evidenceFieldBytesMax: 1 * KIB,
  /** Refused records kept for looking at; the oldest go first, their count stays. */
  deadLettersMax: 100_000,
  deadLetterBytesMax: 64 * MIB,
  deadLetterRawBytesMax: 64 * KIB,
  /** A write-ahead log longer than this is written back and cut to nothing. */
  walBytesMax: 64 * MIB,
  /** Journal rows deleted in one transaction, so that a commit never waits long behind them. */
  retentionRowsPerStep: 20,
  /** Raw bytes that one page of events may unpack; a search that needs more goes on by its token. */
  unpackedPerPageBytesMax: 64 * MIB,
  pageSizeMax: 500,
  pageSizeDefault: 50,
} as const;
