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
  /** Texts that each raw record must contain, so that most need no parsing. */
  readonly needles: readonly Buffer[];
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

export function createEventMatch(db: Db, filter: EventFilter): EventMatch {
  const conditions = [
    podCondition(db, filter.pod),
    nodeCondition(filter.node),
    containerCondition(filter.container),
  ].filter((condition) => condition !== null);
  const { from, to } = filter;
  return {
    rows: conditions,
    needles: conditions.flatMap(({ needle }) =>
      needle !== null && PLAIN.test(needle) ? [Buffer.from(needle)] : [],
    ),
    matches: (facts) =>
      (from === null || facts.time >= from) &&
      (to === null || facts.time <= to) &&
      conditions.every((condition) => condition.test(facts)),
  };
}

interface Condition extends RowCondition {
  readonly needle: string | null;
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
  test: (facts) => facts.namespace === namespace && facts.pod === name,
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
    test: (facts) => facts.container !== null && containerPrefix(facts.container) === prefix,
  };
}
