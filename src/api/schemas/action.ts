import { Type } from 'typebox';
import { INCIDENT_STATES } from '../../model/incident.ts';
import { Nullable, OneOf } from './common.ts';
import { VerdictName } from './incident.ts';

const TEXT_CHARS_MAX = 10_000;
const NO_NUL = '^[^\\u0000]*$';

const Actor = Type.String({
  minLength: 1,
  maxLength: 100,
  pattern: '^[^\\u0000-\\u001f\\u007f]+$',
  description: "Who it is behind a shared token; the token's name is kept beside it.",
});

export const TransitionBody = Type.Object(
  {
    to: OneOf(['acknowledged', 'investigating', 'on_hold', 'resolved', 'closed', 'reopened']),
    verdict: Type.Optional(VerdictName),
    reason: Type.Optional(Type.String({ maxLength: TEXT_CHARS_MAX, pattern: NO_NUL })),
    actor: Type.Optional(Actor),
  },
  { additionalProperties: false },
);

export const NoteBody = Type.Object(
  {
    text: Type.String({ minLength: 1, maxLength: TEXT_CHARS_MAX, pattern: NO_NUL }),
    actor: Type.Optional(Actor),
  },
  { additionalProperties: false },
);

export const IfMatchHeaders = Type.Object({
  'if-match': Type.Optional(
    Type.String({ maxLength: 64, description: 'ETag of the incident as it was read.' }),
  ),
});

export const ReceiptBody = Type.Object({
  incidentId: Type.String(),
  number: Type.Integer(),
  name: Type.String(),
  state: Nullable(OneOf(INCIDENT_STATES)),
  version: Nullable(Type.Integer()),
  heldEvents: Type.Integer({
    description: 'Events of this entity that were still held and may follow.',
  }),
  detail: Type.String(),
});
