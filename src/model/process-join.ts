/**
 * How surely a Falco alert belongs to a process Tetragon told of. A: same pid on the node. B: same
 * pid within the container. C: same command line in the container within two seconds. D: Tetragon
 * watches the container or pod, but no process can be named. Only A, B and C name a process.
 */
export const PROCESS_JOIN_TIERS = ['A', 'B', 'C', 'D', 'none'] as const;
export type ProcessJoinTier = (typeof PROCESS_JOIN_TIERS)[number];

/** `ambiguous`: several processes or images fit and nothing tells them apart, so none is named. */
export type JoinConfidence = 'exact' | 'strong' | 'weak' | 'ambiguous' | 'none';

export type JoinReason =
  | 'pid'
  | 'container-pid'
  | 'command-line'
  | 'container'
  | 'pod'
  | 'several-images'
  | 'several-processes'
  | 'several-containers'
  | 'sandbox'
  | 'other-node'
  | 'contradicted'
  | 'no-process'
  | 'not-seen';

/** What came of looking for the Tetragon process of a Falco alert. */
export interface ProcessJoin {
  readonly tier: ProcessJoinTier;
  readonly confidence: JoinConfidence;
  readonly reason: JoinReason;
  /** The reason in plain words. */
  readonly sentence: string;
}

const joinOf = (
  reason: JoinReason,
  [tier, confidence]: readonly [ProcessJoinTier, JoinConfidence],
  sentence: string,
): ProcessJoin => Object.freeze({ tier, confidence, reason, sentence });

/** All there are; events share them. */
export const PROCESS_JOINS: Readonly<Record<JoinReason, ProcessJoin>> = Object.freeze({
  pid: joinOf(
    'pid',
    ['A', 'exact'],
    'Tetragon told of a process with this pid on the node at that time.',
  ),
  'container-pid': joinOf(
    'container-pid',
    ['B', 'exact'],
    'Tetragon told of a process with this pid in the container at that time.',
  ),
  'command-line': joinOf(
    'command-line',
    ['C', 'strong'],
    'Only one process of the container had this command line within two seconds.',
  ),
  container: joinOf(
    'container',
    ['D', 'weak'],
    'Tetragon watches this container, but no process it told of fits the alert.',
  ),
  pod: joinOf(
    'pod',
    ['D', 'weak'],
    'Tetragon watches this pod; the alert names no container of it.',
  ),
  'several-images': joinOf(
    'several-images',
    ['none', 'ambiguous'],
    'Several programs ran under this pid close to that time and nothing tells them apart.',
  ),
  'several-processes': joinOf(
    'several-processes',
    ['none', 'ambiguous'],
    'Several processes of the container had this command line and nothing tells them apart.',
  ),
  'several-containers': joinOf(
    'several-containers',
    ['none', 'ambiguous'],
    'Several containers share the digits of the id the alert names.',
  ),
  sandbox: joinOf(
    'sandbox',
    ['none', 'none'],
    'The container is the sandbox of its pod, in which nothing of the pod runs.',
  ),
  'other-node': joinOf(
    'other-node',
    ['none', 'none'],
    'The container runs on another node than the one the alert names.',
  ),
  contradicted: joinOf(
    'contradicted',
    ['none', 'none'],
    'The process that fits best differs from the alert in what both tell of it.',
  ),
  'no-process': joinOf(
    'no-process',
    ['none', 'none'],
    'The alert names neither a pid nor a command line, and Tetragon told nothing of its place.',
  ),
  'not-seen': joinOf(
    'not-seen',
    ['none', 'none'],
    'Tetragon told of no process that fits the alert.',
  ),
});
