import type { Micros } from '../model/micros.ts';
import type { Generations } from './generations.ts';
import type { LiveIncident } from './live-incident.ts';
import type { Queue } from './queue.ts';
import { newGenerations, recall, remember } from './generations.ts';
import { isOpen } from './live-incident.ts';
import { newQueue, sweepWhenLong, takeOldest } from './queue.ts';

/** Kept findings whose incident is remembered: the newest 65,536 to twice as many. */
const KEPT_FINDINGS = 65_536;
/** The same for folded ones, apart, so that a flood of them does not push the evidence out. */
const FOLDED_FINDINGS = 32_768;
/** Incident ids that are remembered as archived. */
const ARCHIVED_IDS = 65_536;
/** An entity's older incidents beyond these are no longer looked at when a finding comes. */
const INCIDENTS_PER_ENTITY_MAX = 256;
/** Incidents looked at for compaction each time one opens: more than one, so that it keeps up. */
const COMPACTION_STEPS = 4;
/** Entries of a queue that may be stale before it is swept. */
const QUEUE_SLACK = 1_024;

/** All incidents in memory and the ways to find them. Plain data, because it is the snapshot. */
export interface IncidentBook {
  readonly incidents: Map<string, LiveIncident>;
  /** Entity key to incident ids in the order of opening; merged ones are replaced by survivors. */
  readonly byEntity: Map<string, string[]>;
  /** Kept findings of late: finding id to incident id. */
  readonly kept: Generations;
  /** Folded findings of late: finding id to incident id. */
  readonly folded: Generations;
  /** Ids of incidents that memory had no room for. */
  readonly archived: Generations;
  archivedCount: number;
  /** In the order of opening. */
  readonly opened: Queue;
  /** In the order of being closed or merged; may name incidents that were reopened since. */
  readonly closed: Queue;
  /** Incidents that were not compacted yet, visited in turn. */
  readonly growing: string[];
  cursor: number;
}

export const newIncidentBook = (): IncidentBook => ({
  incidents: new Map(),
  byEntity: new Map(),
  kept: newGenerations(KEPT_FINDINGS),
  folded: newGenerations(FOLDED_FINDINGS),
  archived: newGenerations(ARCHIVED_IDS),
  archivedCount: 0,
  opened: newQueue(),
  closed: newQueue(),
  growing: [],
  cursor: 0,
});

/** The incident under this id, or the one that took it in; null if it is not in memory. */
export function survivorOf(book: IncidentBook, id: string): LiveIncident | null {
  let incident = book.incidents.get(id);
  while (incident !== undefined && incident.mergedInto !== null) {
    incident = book.incidents.get(incident.mergedInto);
  }
  return incident ?? null;
}

const placeOf = (book: IncidentBook, findingId: string): string | undefined =>
  recall(book.kept, findingId) ?? recall(book.folded, findingId);

/** Is this finding in some incident already? Then this is a copy of it. */
export const isKnownFinding = (book: IncidentBook, findingId: string): boolean =>
  placeOf(book, findingId) !== undefined;

/** The incident a finding was put into, as it lives on today; null if that was forgotten. */
export function incidentOfFinding(book: IncidentBook, findingId: string): LiveIncident | null {
  const id = placeOf(book, findingId);
  return id === undefined ? null : survivorOf(book, id);
}

/** Remembers where a finding went, to know copies of it and to find it as evidence. */
export function recordFinding(
  book: IncidentBook,
  incident: LiveIncident,
  finding: { readonly id: string; readonly kept: boolean },
): void {
  remember(finding.kept ? book.kept : book.folded, finding.id, incident.id);
}

/** Takes a new incident in. The caller makes room afterwards with `makeRoom`. */
export function addIncident(book: IncidentBook, incident: LiveIncident): void {
  book.incidents.set(incident.id, incident);
  book.opened.items.push(incident.id);
  book.growing.push(incident.id);
  const key = incident.entity.key;
  const list = book.byEntity.get(key);
  if (list === undefined) {
    book.byEntity.set(key, [incident.id]);
    return;
  }
  list.push(incident.id);
  if (list.length > INCIDENTS_PER_ENTITY_MAX) list.shift();
}

/** Lets findings of the entities of `taken` find `survivor` from now on. */
export function redirectEntities(
  book: IncidentBook,
  taken: LiveIncident,
  survivor: LiveIncident,
): void {
  for (const key of taken.entityKeys) {
    const list = (book.byEntity.get(key) ?? []).filter(
      (id) => id !== taken.id && id !== survivor.id,
    );
    list.push(survivor.id);
    book.byEntity.set(key, list);
    if (!survivor.entityKeys.includes(key)) survivor.entityKeys.push(key);
  }
}

/**
 * Visits a few incidents in turn and compacts those whose last finding lies before `horizon`, an
 * order time. Called once per opened incident: memory grows by openings alone, and so the work is a
 * function of the records and never of how they were cut into batches.
 */
export function compactSome(book: IncidentBook, horizon: Micros): void {
  for (let step = 0; step < COMPACTION_STEPS && book.growing.length > 0; step += 1) {
    if (book.cursor >= book.growing.length) book.cursor = 0;
    const incident = book.incidents.get(book.growing[book.cursor] ?? '');
    const done = incident === undefined || incident.mergedInto !== null;
    if (incident !== undefined && !done && incident.lastOrder >= horizon) {
      book.cursor += 1;
      continue;
    }
    // Its programs and files are only needed while it may still grow.
    if (incident !== undefined) incident.details = null;
    const last = book.growing.pop();
    if (last !== undefined && book.cursor < book.growing.length) book.growing[book.cursor] = last;
  }
}

/** Archives incidents until at most `max` are in memory: closed ones first, then the oldest. */
export function makeRoom(book: IncidentBook, max: number): void {
  const queuedMax = max * 2 + QUEUE_SLACK;
  sweepWhenLong(book.opened, queuedMax, (id) => book.incidents.has(id));
  sweepWhenLong(book.closed, queuedMax, (id) => isClosed(book.incidents.get(id)));
  while (book.incidents.size > max) {
    const incident = oldestClosed(book) ?? oldestOpened(book);
    if (incident === null) return;
    archive(book, incident);
  }
}

const isClosed = (incident: LiveIncident | undefined): boolean =>
  incident?.state === 'closed' || incident?.state === 'merged';

function oldestClosed(book: IncidentBook): LiveIncident | null {
  for (let id = takeOldest(book.closed); id !== null; id = takeOldest(book.closed)) {
    const incident = book.incidents.get(id);
    if (incident !== undefined && isClosed(incident)) return incident;
  }
  return null;
}

function oldestOpened(book: IncidentBook): LiveIncident | null {
  for (let id = takeOldest(book.opened); id !== null; id = takeOldest(book.opened)) {
    const incident = book.incidents.get(id);
    if (incident !== undefined) return incident;
  }
  return null;
}

function archive(book: IncidentBook, incident: LiveIncident): void {
  book.incidents.delete(incident.id);
  for (const key of incident.entityKeys) {
    const rest = (book.byEntity.get(key) ?? []).filter((id) => id !== incident.id);
    if (rest.length === 0) book.byEntity.delete(key);
    else book.byEntity.set(key, rest);
  }
  remember(book.archived, incident.id, '');
  book.archivedCount += 1;
}

export const isArchived = (book: IncidentBook, id: string): boolean =>
  recall(book.archived, id) !== undefined;

/** Counts for `status`, all of incidents in memory. */
export function countIncidents(book: IncidentBook): {
  readonly inMemory: number;
  readonly open: number;
  readonly compacted: number;
  readonly archived: number;
} {
  let open = 0;
  let compacted = 0;
  for (const incident of book.incidents.values()) {
    if (isOpen(incident.state)) open += 1;
    if (incident.details === null) compacted += 1;
  }
  return { inMemory: book.incidents.size, open, compacted, archived: book.archivedCount };
}
