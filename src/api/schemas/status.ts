import { Type } from 'typebox';
import { Nullable, Time } from './common.ts';

const Count = Type.Integer();

const LaneBody = Type.Object({
  carrier: Type.String(),
  partition: Type.String(),
  sensor: Type.String(),
  cluster: Type.String(),
  node: Type.String(),
  newest: Time,
  counts: Type.Boolean({ description: 'Does it hold the watermark at the moment?' }),
  behindMs: Type.Number(),
});

const CheckBody = Type.Object({
  name: Type.String(),
  ok: Type.Boolean(),
  detail: Type.String(),
});

export const FileBody = Type.Object({
  path: Type.String(),
  cluster: Type.String(),
  position: Nullable(Type.Integer({ description: 'Byte up to which the file was read.' })),
  behindBytes: Type.Integer({ description: 'Not read yet, rotated files included.' }),
  lines: Type.Integer({ description: 'Records so far, those of earlier runs included.' }),
  lastRead: Nullable(Time),
  error: Nullable(Type.String({ description: 'Why it can not be read at the moment.' })),
});

const ALL_CLUSTERS = 'Of all clusters; null for a token that is limited to some.';

const CountOfAll = Nullable(Type.Integer({ description: ALL_CLUSTERS }));

export const StatusBody = Type.Object({
  version: Type.String(),
  events: Type.Object({
    received: Count,
    accepted: Count,
    duplicate: Count,
    rejected: Count,
    skipped: Count,
    late: Count,
  }),
  watermark: Nullable(Time),
  watermarkLagMs: Nullable(Type.Number()),
  lanes: Type.Array(LaneBody),
  lanesTotal: Type.Integer(),
  held: Nullable(Type.Object({ events: Count, bytes: Count }, { description: ALL_CLUSTERS })),
  intake: Nullable(Type.Object({ bytes: Count, bytesMax: Count }, { description: ALL_CLUSTERS })),
  files: Type.Array(FileBody, { description: 'Followed files, those furthest behind first.' }),
  filesTotal: Type.Integer(),
  releasedEarly: CountOfAll,
  journal: Nullable(
    Type.Object({ rows: Count, bytes: Count, databaseBytes: Count }, { description: ALL_CLUSTERS }),
  ),
  incidents: Type.Record(Type.String(), Count, { description: 'Number of incidents by state.' }),
  coverage: Type.Object({
    gapsLastHour: Type.Integer({ description: 'Gaps of coverage that ended in it or are open.' }),
  }),
  lastSnapshot: Nullable(
    Type.Object(
      { sequence: Count, time: Time },
      { description: 'Null before the first, and for a token that is limited to some clusters.' },
    ),
  ),
  deadLetters: Count,
  coreFaults: CountOfAll,
  outputsDiffered: CountOfAll,
  checks: Type.Array(CheckBody),
});

export const ReadyBody = Type.Object({ ready: Type.Boolean(), checks: Type.Array(CheckBody) });
export const LiveBody = Type.Object({ live: Type.Boolean() });
/** The time that counts as now from here on. */
export const ClockBody = Type.Object({ clock: Time });

const Paths = Type.Array(Type.String());

export const IndexBody = Type.Object({
  name: Type.String(),
  version: Type.String(),
  post: Paths,
  look: Paths,
  service: Paths,
});
