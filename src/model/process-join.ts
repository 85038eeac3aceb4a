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

type Result = readonly [tier: ProcessJoinTier, confidence: JoinConfidence, sentence: string];

const RESULTS: Readonly<Record<JoinReason, Result>> = {
  pid: ['A', 'exact', 'Tetragon told of a process with this pid on the node at that time.'],
  'container-pid': [
    'B',
    'exact',
    'Tetragon told of a process with this pid in the container at that time.',
  ],
  'command-line': [
    'C',
    'strong',
    'Only one process of the container had this command line within two seconds.',
  ],
  container: [
    'D',
    'weak',
    'Tetragon watches this container, but told of no process that fits the alert.',
  ],
  pod: ['D', 'weak', 'Tetragon watches this pod; the alert names no container of it.'],
  'several-images': [
    'none',
    'ambiguous',
    'Several programs ran under this pid close to that time and nothing tells them apart.',
  ],
  'several-processes': [
    'none',
    'ambiguous',
    'Several processes of the container had this command line and nothing tells them apart.',
  ],
  'several-containers': [
    'none',
    'ambiguous',
    'Several containers share the digits of the id that the alert names.',
  ],
  sandbox: [
    'none',
    'none',
    'The container is the sandbox of its pod, where no program of the pod runs.',
  ],
  'other-node': [
    'none',
    'none',
    'Tetragon saw the container on another node than the one that the alert names.',
  ],
  'no-process': ['none', 'none', 'The alert names neither a pid nor a command line.'],
  'not-seen': ['none', 'none', 'Tetragon told of no process that fits the alert.'],
};

const joinOf = (reason: JoinReason): ProcessJoin => {
  const [tier, confidence, sentence] = RESULTS[reason];
  return Object.freeze({ tier, confidence, reason, sentence });
};

/** All there are; events share them. */
export const PROCESS_JOINS: Readonly<Record<JoinReason, ProcessJoin>> = Object.freeze({
  pid: joinOf('pid'),
  'container-pid': joinOf('container-pid'),
  'command-line': joinOf('command-line'),
  container: joinOf('container'),
  pod: joinOf('pod'),
  'several-images': joinOf('several-images'),
  'several-processes': joinOf('several-processes'),
  'several-containers': joinOf('several-containers'),
  sandbox: joinOf('sandbox'),
  'other-node': joinOf('other-node'),
  'no-process': joinOf('no-process'),
  'not-seen': joinOf('not-seen'),
});
