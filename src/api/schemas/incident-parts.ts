import { Type, type Static } from 'typebox';
import { LevelName, Nullable, Texts, Time } from './common.ts';
import { WhereBody } from './incident.ts';

const ProcessBody = Type.Object({
  entityId: Type.String(),
  parentEntityId: Nullable(Type.String()),
  pid: Nullable(Type.Integer()),
  binary: Type.String(),
  arguments: Type.String(),
  cwd: Type.String(),
  uid: Nullable(Type.Integer()),
  startTime: Nullable(Time),
});

const ProcessJoinBody = Type.Object({
  tier: Type.String({ description: 'A, B or C name a process; D only its container or pod.' }),
  confidence: Type.String({ description: 'exact, strong, weak, ambiguous or none.' }),
  reason: Type.String(),
  sentence: Type.String(),
});

const FindingBody = Type.Object({
  id: Type.String(),
  kind: Type.String(),
  rule: Type.String(),
  title: Type.String(),
  level: LevelName,
  time: Time,
  late: Type.Boolean({ description: 'Its event came behind the watermark.' }),
  sentence: Type.String(),
  where: WhereBody,
  tactics: Texts,
  techniques: Texts,
  eventIds: Texts,
  evidence: Type.Array(Type.Object({ findingId: Type.String(), rule: Type.String() })),
  groupKey: Nullable(Type.String()),
  process: Type.Union([ProcessBody, Type.Null()]),
  ancestors: Type.Array(ProcessBody),
  processJoin: Type.Union([ProcessJoinBody, Type.Null()], {
    description: "How a Falco alert's process was found among those Tetragon told of, or why not.",
  }),
  file: Nullable(Type.String()),
  runbook: Texts,
});

export const FindingList = Type.Object({ items: Type.Array(FindingBody) });

export const Timeline = Type.Object({
  items: Type.Array(
    Type.Object({
      time: Time,
      kind: Type.String({ description: 'finding, change, note or folded.' }),
      sentence: Type.String(),
      level: Nullable(LevelName),
      rule: Nullable(Type.String()),
      findingId: Nullable(Type.String()),
      count: Type.Integer(),
    }),
  ),
});

export const AuditList = Type.Object({
  items: Type.Array(
    Type.Object({
      sequence: Type.Integer(),
      time: Time,
      actor: Type.String(),
      via: Type.String(),
      action: Type.String(),
      actionId: Type.String(),
      before: Type.String(),
      after: Type.String(),
      text: Nullable(Type.String()),
      hash: Type.String({ description: 'Chains this row to all rows before it.' }),
    }),
  ),
});

/** A tree nests itself, which only a named schema can say. */
export const ProcessTreeNodeBody = Type.Object(
  {
    entityId: Type.String(),
    pid: Nullable(Type.Integer()),
    binary: Type.String(),
    arguments: Type.String(),
    cwd: Type.String(),
    uid: Nullable(Type.Integer()),
    startTime: Nullable(Time),
    findings: Type.Array(
      Type.Object({
        id: Type.String(),
        rule: Type.String(),
        title: Type.String(),
        level: LevelName,
        time: Time,
        sentence: Type.String(),
      }),
    ),
    children: Type.Array(Type.Ref('ProcessTreeNode')),
  },
  { $id: 'ProcessTreeNode' },
);

export const ProcessTree = Type.Object({
  roots: Type.Unsafe<readonly TreeBody[]>(Type.Array(Type.Ref('ProcessTreeNode'))),
});

/** What the schema above describes; written out because it contains itself. */
export interface TreeBody {
  readonly entityId: string;
  readonly pid: number | null;
  readonly binary: string;
  readonly arguments: string;
  readonly cwd: string;
  readonly uid: number | null;
  readonly startTime: string | null;
  readonly findings: readonly Static<
    (typeof ProcessTreeNodeBody)['properties']['findings']['items']
  >[];
  readonly children: readonly TreeBody[];
}

export type FindingJson = Static<typeof FindingBody>;
