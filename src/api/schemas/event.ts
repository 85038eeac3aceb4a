import { Type } from 'typebox';
import { NextPageToken, Nullable, PageQuery, QueryText, Time, When } from './common.ts';

const JournalPlace = Type.Object({ sequence: Type.Integer(), index: Type.Integer() });

export const EventBody = Type.Object({
  id: Nullable(Type.String()),
  time: Time,
  sensor: Type.String(),
  kind: Type.String(),
  node: Type.String(),
  namespace: Nullable(Type.String()),
  pod: Nullable(Type.String()),
  container: Nullable(Type.String()),
  occurrences: Type.Integer({ description: 'Copies of it that came, itself included.' }),
  journal: JournalPlace,
  source: Type.String({ description: 'evidence, or read from the journal.' }),
  raw: Type.String({ description: "The sensor's own text, verbatim and not to be trusted." }),
});

export const EventPage = Type.Object({
  items: Type.Array(EventBody),
  nextPageToken: NextPageToken,
});

export const EventQuery = Type.Object(
  {
    pod: Type.Optional(QueryText('namespace/name or UID.')),
    node: Type.Optional(QueryText('Name of the node.')),
    container: Type.Optional(QueryText('Container id; its first 12 digits are enough.')),
    from: Type.Optional(When('Events at or after this.')),
    to: Type.Optional(When('Events at or before this.')),
    ...PageQuery,
  },
  { additionalProperties: false },
);

export const PlainPageQuery = Type.Object({ ...PageQuery }, { additionalProperties: false });

export const DeadLetterPage = Type.Object({
  items: Type.Array(
    Type.Object({
      id: Type.String(),
      time: Time,
      code: Type.String(),
      detail: Type.String(),
      journal: JournalPlace,
      raw: Type.String(),
    }),
  ),
  nextPageToken: NextPageToken,
});
