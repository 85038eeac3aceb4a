import type { Raised } from '../model/batch.ts';
import type { Level } from '../model/level.ts';
import type { EventFlag } from '../model/security-event.ts';
import type { RejectionCode, SkipReason } from '../model/rejection.ts';

/** What a batch brought, in numbers. Controls are no events and stand in none of them. */
export interface BatchCounts {
  readonly received: number;
  readonly accepted: number;
  readonly duplicate: number;
  readonly rejected: ReadonlyMap<RejectionCode, number>;
  readonly skipped: ReadonlyMap<SkipReason, number>;
  /** Accepted events by what is worth knowing of how they were read. */
  readonly flagged: ReadonlyMap<EventFlag, number>;
  readonly late: number;
  readonly findings: ReadonlyMap<Level, number>;
  readonly folded: number;
  readonly opened: number;
}

/** Counts once per batch, so that metrics cost next to nothing per event. */
export function countBatch(batch: Raised): BatchCounts {
  let accepted = 0;
  let duplicate = 0;
  let refused = 0;
  const rejected = new Map<RejectionCode, number>();
  const skipped = new Map<SkipReason, number>();
  const flagged = new Map<EventFlag, number>();
  for (const arrival of batch.arrivals) {
    if (arrival.outcome === 'accepted') {
      accepted++;
      for (const flag of arrival.event.flags) add(flagged, flag, 1);
    } else if (arrival.outcome === 'duplicate') duplicate++;
    else if (arrival.outcome === 'rejected') {
      refused++;
      add(rejected, arrival.rejection.code, 1);
    } else if (arrival.outcome === 'skipped') {
      refused++;
      add(skipped, arrival.reason, 1);
    }
  }
  const findings = new Map<Level, number>();
  for (const { finding } of batch.placed) add(findings, finding.level, 1);
  return {
    received: accepted + duplicate + refused,
    accepted,
    duplicate,
    rejected,
    skipped,
    flagged,
    late: batch.lateCount,
    findings,
    folded: batch.folded.reduce((sum, fold) => sum + fold.count, 0),
    opened: batch.changes.filter((change) => change.reason === 'opened').length,
  };
}

function add<Key>(counts: Map<Key, number>, key: Key, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}
