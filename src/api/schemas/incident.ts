import { Type, type Static } from 'typebox';
import { INCIDENT_STATES, VERDICTS } from '../../model/incident.ts';
import { GapBody } from './coverage.ts';
import {
  LevelName,
  NextPageToken,
  Nullable,
  OneOf,
  PageQuery,
  QueryText,
  Texts,
  Time,
  When,
} from './common.ts';

const StateName = OneOf(INCIDENT_STATES);
export const VerdictName = OneOf(VERDICTS);

export const WhereBody = Type.Object({
  cluster: Type.String(),
  node: Nullable(Type.String()),
  namespace: Nullable(Type.String()),
  pod: Nullable(Type.String()),
  podUid: Nullable(Type.String()),
  workload: Nullable(Type.String()),
  container: Nullable(Type.String()),
  containerId: Nullable(Type.String()),
});

const summaryFields = {
  id: Type.String({ description: 'The same for the same records on every replay.' }),
  number: Type.Integer(),
  name: Type.String({ examples: ['INC-12'] }),
  title: Type.String(),
  severity: LevelName,
  risk: Type.Number({ description: '0 to 100.' }),
  state: StateName,
  verdict: Nullable(VerdictName),
  version: Type.Integer({ description: 'The ETag: what If-Match names.' }),
  revision: Type.Integer({ description: 'Counts every change.' }),
  entity: Type.Object({ kind: Type.String(), label: Type.String() }),
  where: WhereBody,
  firstTime: Time,
  lastTime: Time,
  eventCount: Type.Integer(),
  findingCount: Type.Integer(),
  tactics: Texts,
  techniques: Texts,
  sensors: Texts,
  createdAt: Time,
  updatedAt: Time,
};

const IncidentSummary = Type.Object(summaryFields);

export const IncidentBody = Type.Object({
  ...summaryFields,
  rules: Type.Array(
    Type.Object({
      rule: Type.String(),
      title: Type.String(),
      level: LevelName,
      count: Type.Integer(),
      firstTime: Time,
      lastTime: Time,
    }),
  ),
  reasons: Type.Array(
    Type.Object({
      code: Type.String(),
      field: Type.String(),
      points: Type.Number(),
      sentence: Type.String(),
    }),
  ),
  links: Type.Array(Type.Object({ incidentId: Type.String(), reason: Type.String() })),
  coverage: Type.Array(GapBody, {
    description:
      'When its nodes were not fully seen, from 5 min before it to 5 min behind it, by their begin; at most 200. Empty if no losses were reported for its nodes.',
  }),
});

const PendingBody = Type.Object({
  held: Nullable(
    Type.Integer({
      description:
        'Events of all clusters that wait for the watermark; null for a token limited to some.',
    }),
  ),
  note: Type.String(),
});

export const IncidentQuery = Type.Object(
  {
    state: Type.Optional(
      Type.Array(OneOf([...INCIDENT_STATES, 'open']), {
        maxItems: 16,
        description: 'Repeatable; open stands for all states before resolved.',
      }),
    ),
    severity: Type.Optional(Type.Array(LevelName, { maxItems: 16, description: 'Repeatable.' })),
    severity_min: Type.Optional(LevelName),
    namespace: Type.Optional(QueryText('Namespace of the pod.')),
    from: Type.Optional(When('Incidents that end at or after this.')),
    to: Type.Optional(When('Incidents that begin at or before this.')),
    order_by: Type.Optional(OneOf(['-risk', '-last_time', 'first_time'])),
    ...PageQuery,
  },
  { additionalProperties: false },
);

export const IncidentPage = Type.Object({
  items: Type.Array(IncidentSummary),
  nextPageToken: NextPageToken,
  pending: PendingBody,
});

export type IncidentSummaryBody = Static<typeof IncidentSummary>;
export type IncidentDetailBody = Static<typeof IncidentBody>;
