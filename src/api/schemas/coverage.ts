import { Type, type Static } from 'typebox';
import { GAP_REASONS } from '../../model/coverage-gap.ts';
import { NextPageToken, Nullable, OneOf, PageQuery, QueryText, Time, When } from './common.ts';

/** A time in which a node was seen less than fully. */
export const GapBody = Type.Object({
  id: Type.String({ description: 'The same for the same records on every replay.' }),
  cluster: Type.String(),
  node: Type.String({ description: 'Empty if the sensor did not name it.' }),
  sensor: Type.String(),
  reason: OneOf(GAP_REASONS),
  from: Time,
  to: Time,
  open: Type.Boolean({ description: 'Its end was not told yet; to is the newest sign of it.' }),
  lost: Nullable(
    Type.Integer({ description: 'Events lost as far as told; null if no number was given.' }),
  ),
  scope: Nullable(
    Type.String({ description: 'What was concerned, such as a cgroup; null for all of it.' }),
  ),
  sentence: Type.String(),
});

export const GapPage = Type.Object({ items: Type.Array(GapBody), nextPageToken: NextPageToken });

export const GapQuery = Type.Object(
  {
    cluster: Type.Optional(QueryText('Name of the cluster.')),
    node: Type.Optional(QueryText('Name of the node.')),
    from: Type.Optional(When('Gaps that end at or after this.')),
    to: Type.Optional(When('Gaps that begin at or before this.')),
    ...PageQuery,
  },
  { additionalProperties: false },
);

export type GapJson = Static<typeof GapBody>;
