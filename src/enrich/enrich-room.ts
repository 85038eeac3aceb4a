import type { Enriched, Enrichment, Ordered, Step } from '../model/batch.ts';
import type { Micros } from '../model/micros.ts';
import { MICROS_PER_SECOND } from '../model/micros.ts';
import type { Control } from '../model/observation.ts';
import type { Progress, Room } from '../model/room.ts';
import type { SecurityEvent } from '../model/security-event.ts';
import { Catalogue } from './catalogue.ts';
import { ContainerMemos } from './container-memo.ts';
import { joinAlert } from './falco-join.ts';
import { LearnedPods } from './learned-pods.ts';
import { HOST } from './process-entry.ts';
import type { ProcessLimits } from './process-table.ts';
import { ProcessTable } from './process-table.ts';
import type { PodSources } from './resolve-pod.ts';
import { contextOfOnlyHome, resolvePod } from './resolve-pod.ts';

export interface EnrichLimits extends ProcessLimits {
  readonly learnedContainersMax: number;
}

export type EnrichRoom = Room<Ordered, Enriched>;

interface EnrichState {
  readonly processes: ReturnType<ProcessTable['snapshot']>;
  readonly pods: ReturnType<Catalogue['snapshot']>;
  readonly learned: ReturnType<LearnedPods['snapshot']>;
  readonly sweptAt: Micros | null;
}

/** How often, in event time, what has ended is looked through. */
const SWEEP_MICROS = 600 * MICROS_PER_SECOND;

/** Joins each event with its pod and its process, as both were at the time of the event. */
class EnrichFold implements EnrichRoom {
  readonly name = 'enrich';
  readonly progress: Progress = { record: null, ruleId: null };
  private readonly processes: ProcessTable;
  private readonly catalogue = new Catalogue();
  private readonly learned: LearnedPods;
  private readonly sources: PodSources;
  private readonly memos = new ContainerMemos();
  /** Event time of the last sweep; null before the first event and after the end of a stream. */
  private sweptAt: Micros | null = null;

  constructor(limits: EnrichLimits) {
    this.processes = new ProcessTable(limits);
    this.learned = new LearnedPods(limits.learnedContainersMax);
    this.sources = { catalogue: this.catalogue, learned: this.learned };
  }

  step(batch: Ordered): Enriched {
    const enrichments: (Enrichment | null)[] = [];
    for (const step of batch.steps) enrichments.push(this.take(step));
    return { ...batch, enrichments };
  }

  snapshot(): EnrichState {
    return {
      processes: this.processes.snapshot(),
      pods: this.catalogue.snapshot(),
      learned: this.learned.snapshot(),
      sweptAt: this.sweptAt,
    };
  }

  restore(state: unknown): void {
    const known = state as EnrichState;
    this.processes.restore(known.processes);
    this.catalogue.restore(known.pods);
    this.learned.restore(known.learned);
    this.sweptAt = known.sweptAt;
  }

  private take(step: Step): Enrichment | null {
    if (step.kind === 'control') {
      this.progress.record = step.control.kind === 'tick' ? null : step.journal;
      this.takeControl(step.control);
      return null;
    }
    const { event } = step;
    this.progress.record = event.journal;
    if (!step.late) this.sweep(event.orderTime);
    return this.enrich(event);
  }

  private takeControl(control: Control): void {
    if (control.kind === 'pod') this.catalogue.take(control);
    else if (control.kind === 'end' || control.kind === 'clock-reset') this.sweptAt = null;
  }

  private enrich(event: SecurityEvent): Enrichment {
    const time = lookupTime(event);
    const { cluster, container } = event;
    const memo = container === null ? null : this.memos.of(cluster, container.id);
    const learned = this.learned.learn(event, time, memo);
    const pod =
      (memo === null ? null : contextOfOnlyHome(this.catalogue, event, memo)) ??
      resolvePod(this.sources, { event, time, learned, memo });
    const prefix = memo === null ? null : memo.prefix;
    if (event.sensor === 'tetragon') {
      return { pod, lineage: this.processes.observe(event, prefix ?? HOST), join: null };
    }
    const node = learned === null ? event.node : learned.node;
    const isWatched = learned !== null && learned.nodeFromTetragon;
    const { lineage, join } = joinAlert(this.processes, event, {
      node,
      container: prefix,
      isWatched,
    });
    return { pod, lineage, join };
  }

  private sweep(eventTime: Micros): void {
    this.sweptAt ??= eventTime;
    if (eventTime - this.sweptAt < SWEEP_MICROS) return;
    this.sweptAt = eventTime;
    this.processes.forgetEnded();
    this.catalogue.forgetGone(eventTime);
  }
}

/** An event's own time, unless its clock is known to be wrong. */
const lookupTime = (event: SecurityEvent): Micros =>
  event.flags.length > 0 && event.flags.includes('clock-skew') ? event.orderTime : event.time;

/** The room that says where each event happened and what its process came from. */
export const createEnrichRoom = (options: { readonly limits: EnrichLimits }): EnrichRoom =>
  new EnrichFold(options.limits);
