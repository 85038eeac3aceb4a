import type { CompiledRuleSet } from '../detect/compile-rule-set.ts';
import { LIMITS } from '../config/limits.ts';
import type { Arrival, Raised } from '../model/batch.ts';
import { MICROS_PER_MS, type Micros } from '../model/micros.ts';
import type { Scope } from '../model/scope.ts';
import type { SecurityEvent } from '../model/security-event.ts';
import type { ArrivalsReport, RefusedRequests, RejectedReport } from './arrivals-report.ts';
import { blindRules } from './blind-rules.ts';
import { FieldSampler } from './field-sampler.ts';
import { ruleReaches } from './rule-reach.ts';
import {
  newTally,
  type SourceTally,
  tallyArrival,
  tallyJudged,
  tallySample,
} from './source-tally.ts';
import { summarizeNodes, summarizeSensors } from './summarize-sources.ts';

/** Watches what arrives, so that somebody can be told what is missing. Counting begins with a start. */
export interface Arrivals {
  /** A batch that is stored. */
  onBatch(batch: Raised): void;
  /** A request to the intake was turned away with this status. */
  onRefusedRequest(status: number): void;
  report(scope: Scope): ArrivalsReport;
}

export interface ArrivalsOptions {
  readonly rules: CompiledRuleSet;
  readonly now: () => Micros;
}

/** Rejections and skips of one cluster. */
interface NotRead {
  readonly rejected: Map<RejectedReport['code'], Omit<RejectedReport, 'code'>>;
  readonly skipped: Map<Extract<Arrival, { outcome: 'skipped' }>['reason'], number>;
}

const DETAIL_CHARS_MAX = 300;
/** Clusters come from the configuration; this only keeps a mistake from growing without end. */
const CLUSTERS_MAX = 1000;
const FORGET: Micros = LIMITS.laneForgetMs * MICROS_PER_MS;
const SWEEP_EVERY: Micros = 60_000 * MICROS_PER_MS;

export const createArrivals = (options: ArrivalsOptions): Arrivals => new CountedArrivals(options);

class CountedArrivals implements Arrivals {
  private readonly now: () => Micros;
  private readonly rules: CompiledRuleSet;
  private readonly reaches: ReturnType<typeof ruleReaches>;
  /** By cluster. */
  private readonly samplers = new Map<string, FieldSampler>();
  private readonly since: Micros;
  private readonly tallies = new Map<string, SourceTally>();
  private readonly notRead = new Map<string, NotRead>();
  private readonly refused = new Map<number, { count: number; lastAt: Micros }>();
  private lastLane = '';
  private lastTally: SourceTally | null = null;
  private sweptAt: Micros;

  constructor({ rules, now }: ArrivalsOptions) {
    this.now = now;
    this.rules = rules;
    this.reaches = ruleReaches(rules);
    this.since = now();
    this.sweptAt = this.since;
  }

  onBatch(batch: Raised): void {
    this.countArrivals(batch);
    const { steps, enrichments } = batch;
    for (let at = 0; at < steps.length; at += 1) {
      const step = steps[at];
      const enrichment = enrichments[at];
      if (step?.kind !== 'event' || !enrichment) continue;
      const { event } = step;
      if (event.kind === 'health') continue;
      const tally = this.tallyOf(event);
      if (step.late) tally.late += 1;
      tallyJudged(tally, enrichment);
      const sampler = this.samplerOf(event.cluster);
      if (!sampler.isDue(event)) continue;
      sampler.look(event, enrichment);
      tallySample(tally, event);
    }
  }

  onRefusedRequest(status: number): void {
    const count = (this.refused.get(status)?.count ?? 0) + 1;
    this.refused.set(status, { count, lastAt: this.now() });
  }

  report({ clusters }: Scope): ArrivalsReport {
    const mayRead = (cluster: string): boolean => clusters === null || clusters.includes(cluster);
    const tallies = [...this.tallies.values()].filter(({ cluster }) => mayRead(cluster));
    const notRead = [...this.notRead].filter(([cluster]) => mayRead(cluster)).map(([, one]) => one);
    const samplers = [...this.samplers]
      .filter(([cluster]) => mayRead(cluster))
      .map(([, one]) => one);
    return {
      since: this.since,
      now: this.now(),
      sensors: summarizeSensors(tallies),
      ...summarizeNodes(tallies),
      ...summarizeNotRead(notRead),
      refusedRequests: clusters === null ? this.refusedRequests() : null,
      rules: {
        total: this.rules.rules.length,
        blind: blindRules(this.rules, this.reaches, samplers),
      },
    };
  }

  private countArrivals({ parts, arrivals }: Raised): void {
    let at = 0;
    for (const { origin, records } of parts) {
      const end = at + records.length;
      const cluster = origin.kind === 'events' ? origin.cluster : null;
      for (; at < end; at += 1) {
        const arrival = arrivals[at];
        if (arrival !== undefined && cluster !== null) this.countArrival(arrival, cluster);
      }
    }
  }

  private countArrival(arrival: Arrival, cluster: string): void {
    if (arrival.outcome === 'accepted') tallyArrival(this.tallyOf(arrival.event), arrival.event);
    else if (arrival.outcome === 'duplicate') this.tallyOf(arrival.event).duplicate += 1;
    else if (arrival.outcome !== 'control') this.countNotRead(cluster, arrival);
  }

  private tallyOf(event: SecurityEvent): SourceTally {
    const { lane } = event;
    if (lane === this.lastLane && this.lastTally !== null) return this.lastTally;
    const known = this.tallies.get(lane) ?? this.newTallyOf(event);
    this.lastLane = lane;
    this.lastTally = known;
    return known;
  }

  /** Beyond the limit lanes share one tally per sensor and cluster, once the silent are forgotten. */
  private newTallyOf(event: SecurityEvent): SourceTally {
    if (this.tallies.size >= LIMITS.lanesMax) this.forgetSilent(event.receivedAt);
    const isFull = this.tallies.size >= LIMITS.lanesMax;
    const key = isFull ? `\0rest\0${event.sensor}\0${event.cluster}` : event.lane;
    const known = this.tallies.get(key);
    if (known !== undefined) return known;
    const tally = newTally(isFull ? { ...event, node: '' } : event);
    this.tallies.set(key, tally);
    return tally;
  }

  private forgetSilent(now: Micros): void {
    if (now - this.sweptAt < SWEEP_EVERY) return;
    this.sweptAt = now;
    for (const [key, tally] of this.tallies) {
      if (tally.lastReceivedAt < now - FORGET) this.tallies.delete(key);
    }
  }

  private samplerOf(cluster: string): FieldSampler {
    const known = this.samplers.get(cluster);
    if (known !== undefined) return known;
    const sampler = new FieldSampler(this.reaches);
    if (this.samplers.size < CLUSTERS_MAX) this.samplers.set(cluster, sampler);
    return sampler;
  }

  private countNotRead(
    cluster: string,
    arrival: Extract<Arrival, { outcome: 'rejected' | 'skipped' }>,
  ): void {
    const known = this.notRead.get(cluster) ?? this.newNotRead(cluster);
    if (arrival.outcome === 'skipped') {
      known.skipped.set(arrival.reason, (known.skipped.get(arrival.reason) ?? 0) + 1);
      return;
    }
    const { code, detail } = arrival.rejection;
    const count = (known.rejected.get(code)?.count ?? 0) + 1;
    known.rejected.set(code, {
      count,
      detail: detail.slice(0, DETAIL_CHARS_MAX),
      lastAt: this.now(),
    });
  }

  private newNotRead(cluster: string): NotRead {
    const fresh: NotRead = { rejected: new Map(), skipped: new Map() };
    if (this.notRead.size < CLUSTERS_MAX) this.notRead.set(cluster, fresh);
    return fresh;
  }

  private refusedRequests(): readonly RefusedRequests[] {
    return [...this.refused].map(([status, { count, lastAt }]) => ({ status, count, lastAt }));
  }
}

function summarizeNotRead(all: readonly NotRead[]): Pick<ArrivalsReport, 'rejected' | 'skipped'> {
  const rejected = new Map<RejectedReport['code'], Omit<RejectedReport, 'code'>>();
  const skipped: NotRead['skipped'] = new Map();
  for (const one of all) {
    for (const [code, { count, detail, lastAt }] of one.rejected) {
      const other = rejected.get(code);
      const latest = other !== undefined && other.lastAt > lastAt ? other : { detail, lastAt };
      const { detail: said, lastAt: at } = latest;
      rejected.set(code, { count: (other?.count ?? 0) + count, detail: said, lastAt: at });
    }
    for (const [reason, count] of one.skipped) {
      skipped.set(reason, (skipped.get(reason) ?? 0) + count);
    }
  }
  return {
    rejected: [...rejected]
      .map(([code, { count, detail, lastAt }]) => ({ code, count, detail, lastAt }))
      .toSorted((a, b) => b.count - a.count),
    skipped: [...skipped].map(([reason, count]) => ({ reason, count })),
  };
}
