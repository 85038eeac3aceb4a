import type { Enriched, Enrichment, Ordered, Step } from '../model/batch.ts';
import type { Micros } from '../model/micros.ts';
import { MICROS_PER_SECOND } from '../model/micros.ts';
import type { Control } from '../model/observation.ts';
import type { Progress, Room } from '../model/room.ts';
import type { SecurityEvent } from '../model/security-event.ts';
import { alertPlace } from './alert-place.ts';
import { Catalogue } from './catalogue.ts';
import { ContainerMemos } from './container-memo.ts';
import { joinAlert } from './falco-join.ts';
import { KnownNodes } from './known-nodes.ts';
import { LearnedPods } from './learned-pods.ts';
import { HOST, SOMEWHERE } from './process-entry.ts';
import { ProcessStore } from './process-store.ts';
import { ProcessTable } from './process-table.ts';
import type { PodSources } from './resolve-pod.ts';
import { contextOfOnlyHome, resolvePod } from './resolve-pod.ts';

export interface EnrichLimits {
  readonly processesMax: number;
  readonly ancestorsMax: number;
  readonly learnedContainersMax: number;
  /** Nodes known by name are bounded like lanes, of which each node has at least one. */
  readonly lanesMax: number;
}

export type EnrichRoom = Room<Ordered, Enriched>;

interface EnrichState {
  readonly processes: ReturnType<ProcessStore['snapshot']>;
  readonly nodes: ReturnType<KnownNodes['snapshot']>;
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
  private readonly store: ProcessStore;
  private readonly nodes: KnownNodes;
  private readonly processes: ProcessTable;
  private readonly catalogue = new Catalogue();
  private readonly learned: LearnedPods;
  private readonly sources: PodSources;
  private readonly memos = new ContainerMemos();
  /** Event time of the last sweep; null before the first event and after the end of a stream. */
  private sweptAt: Micros | null = null;

  constructor(limits: EnrichLimits) {
    this.store = new ProcessStore(limits.processesMax);
    this.nodes = new KnownNodes(limits.lanesMax);
    this.processes = new ProcessTable(limits.ancestorsMax, this.store, this.nodes);
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
      processes: this.store.snapshot(),
      nodes: this.nodes.snapshot(),
      pods: this.catalogue.snapshot(),
      learned: this.learned.snapshot(),
      sweptAt: this.sweptAt,
    };
  }

  restore(state: unknown): void {
    const known = state as EnrichState;
    this.store.restore(known.processes);
    this.nodes.restore(known.nodes);
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
    const { event, late } = step;
    this.progress.record = event.journal;
    if (!late) this.sweep(event.orderTime);
    return this.enrich(event, late);
  }

  private takeControl(control: Control): void {
    if (control.kind === 'pod') this.catalogue.take(control);
    else if (control.kind === 'end' || control.kind === 'clock-reset') this.sweptAt = null;
  }

  private enrich(event: SecurityEvent, late: boolean): Enrichment {
    const time = lookupTime(event);
    const { cluster, container } = event;
    const memo = container === null ? null : this.memos.of(cluster, container.id);
    const learned = this.learned.learn(event, time, memo);
    const pod =
      (memo === null ? null : contextOfOnlyHome(this.catalogue, event, memo)) ??
      resolvePod(this.sources, { event, time, learned, memo });
    if (event.sensor === 'tetragon') {
      const place = memo === null ? placeOutside(event) : memo.prefix;
      return { pod, lineage: this.processes.observe(event, place), join: null };
    }
    const { nodes } = this;
    const place = alertPlace(event, { nodes, pods: this.learned, learned, memo, time, late });
    const { lineage, join } = joinAlert(this.store, event, place);
    return { pod, lineage, join };
  }

  private sweep(eventTime: Micros): void {
    this.sweptAt ??= eventTime;
    if (eventTime - this.sweptAt < SWEEP_MICROS) return;
    this.sweptAt = eventTime;
    this.store.forgetEnded();
    this.catalogue.forgetGone(eventTime);
  }
}

/** Where a process without a container runs; Tetragon does not always find out. */
const placeOutside = (event: SecurityEvent): string => (event.onHost ? HOST : SOMEWHERE);

/** An event's own time, unless its clock is known to be wrong. */
const lookupTime = (event: SecurityEvent): Micros =>
  event.flags.length > 0 && event.flags.includes('clock-skew') ? event.orderTime : event.time;

/** The room that says where each event happened and what its process came from. */
export const createEnrichRoom = (options: { readonly limits: EnrichLimits }): EnrichRoom =>
  new EnrichFold(options.limits);
