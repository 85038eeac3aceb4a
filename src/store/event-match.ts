import { isAscii } from 'node:buffer';
import { containerPrefix } from '../lib/entity-keys.ts';
import { KEY_KINDS, type KeyKind } from './batch-message.ts';
import type { Db } from './database.ts';
import type { EventFilter } from './ports.ts';

/** What is known of an event when it is compared with a filter. */
export interface MatchFacts {
  readonly time: number;
  readonly node: string;
  readonly namespace: string | null;
  readonly pod: string | null;
  readonly podUid: string | null;
  readonly container: string | null;
}

/** An event filter, ready to be compared with rows, raw records and events. */
export interface EventMatch {
  /** What each journal row must have, one entry per condition. */
  readonly rows: readonly RowCondition[];
  /** False if the bytes of a record show without parsing that it does not match. */
  mayMatch(bytes: Buffer): boolean;
  isInTime(time: number): boolean;
  matches(facts: MatchFacts): boolean;
}

/** A row must have one of these in its index, or evidence that is known to be of that pod. */
export interface RowCondition {
  readonly keys: readonly (readonly [KeyKind, string])[];
  /** Condition on the table `event` with one parameter; null where sensors always say it. */
  readonly evidence: { readonly where: string; readonly value: string } | null;
}

/** Needs no escaping in JSON, so the raw record holds it as it is. */
const PLAIN = /^[\w.:-]+$/;
/** Any character can be written as such an escape, and then no text can be searched for. */
const ESCAPE = Buffer.from('\\u');

export function createEventMatch(db: Db, filter: EventFilter): EventMatch {
  const conditions = [
    podCondition(db, filter.pod?.toWellFormed() ?? null),
    nodeCondition(filter.node?.toWellFormed() ?? null),
    containerCondition(filter.container?.toWellFormed() ?? null),
  ].filter((condition) => condition !== null);
  const { from, to } = filter;
  const isInTime = (time: number): boolean =>
    (from === null || time >= from) && (to === null || time <= to);
  return {
    rows: conditions,
    mayMatch: createMayMatch(conditions),
    isInTime,
    matches: (facts) =>
      isInTime(facts.time) && conditions.every((condition) => condition.test(facts)),
  };
}

interface Needle {
  readonly text: string;
  readonly ignoreCase: boolean;
}

/** Most records are told by a text they lack; one that may hide it behind an escape is parsed. */
function createMayMatch(conditions: readonly Condition[]): EventMatch['mayMatch'] {
  const needles = conditions.flatMap(({ needle, ignoreCase }) =>
    needle !== null && PLAIN.test(needle) ? [{ text: needle, ignoreCase }] : [],
  );
  return (bytes) => needles.every((needle) => mayHold(bytes, needle)) || bytes.includes(ESCAPE);
}

function mayHold(bytes: Buffer, { text, ignoreCase }: Needle): boolean {
  if (bytes.includes(text)) return true;
  // Some letters beyond ASCII become ASCII in lower case.
  return ignoreCase && (!isAscii(bytes) || bytes.toString('latin1').toLowerCase().includes(text));
}

interface Condition extends RowCondition {
  readonly needle: string | null;
  /** Is the text compared in lower case? */
  readonly ignoreCase: boolean;
  readonly test: (facts: MatchFacts) => boolean;
}

function podCondition(db: Db, pod: string | null): Condition | null {
  if (pod === null) return null;
  const slash = pod.indexOf('/');
  return slash === -1
    ? podUidCondition(db, pod)
    : podNameCondition(pod.slice(0, slash), pod.slice(slash + 1));
}

const podNameCondition = (namespace: string, name: string): Condition => ({
  keys: [[KEY_KINDS.pod, `${namespace}/${name}`]],
  evidence: { where: "namespace || '/' || pod =", value: `${namespace}/${name}` },
  needle: name,
  ignoreCase: false,
  // Joined, as the index has it: a sensor may name a namespace with a slash.
  test: (facts) => `${facts.namespace}/${facts.pod}` === `${namespace}/${name}`,
});

/**
 * Most sensors do not name a pod's UID; its containers are then known from the evidence. The pod's
 * name is no substitute, because a later pod may have the same.
 */
function podUidCondition(db: Db, uid: string): Condition {
  const ids = db
    .prepare<[string], string>(
      'SELECT DISTINCT container FROM event WHERE pod_uid = ? AND container IS NOT NULL',
    )
    .pluck()
    .all(uid);
  const prefixes = new Set(ids.map(containerPrefix));
  return {
    keys: [
      [KEY_KINDS.podUid, uid],
      ...[...prefixes].map((prefix) => [KEY_KINDS.container, prefix] as const),
    ],
    evidence: { where: 'pod_uid =', value: uid },
    needle: null,
    ignoreCase: false,
    test: (facts) =>
      facts.podUid === uid ||
      (facts.container !== null && prefixes.has(containerPrefix(facts.container))),
  };
}

function nodeCondition(node: string | null): Condition | null {
  if (node === null) return null;
  return {
    keys: [[KEY_KINDS.node, node]],
    evidence: null,
    needle: node,
    ignoreCase: false,
    test: (facts) => facts.node === node,
  };
}

function containerCondition(container: string | null): Condition | null {
  if (container === null) return null;
  const prefix = containerPrefix(container.toLowerCase());
  return {
    keys: [[KEY_KINDS.container, prefix]],
    evidence: null,
    needle: prefix,
    ignoreCase: true,
    test: (facts) => facts.container !== null && containerPrefix(facts.container) === prefix,
  };
}
