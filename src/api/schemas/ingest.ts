import { Type } from 'typebox';
import { REJECTION_CODES } from '../../model/rejection.ts';
import { OneOf } from './common.ts';

/** What the intake answers. Only described here: its plugin writes it without a serializer. */
export const IngestAnswerBody = Type.Object({
  accepted: Type.Integer(),
  duplicate: Type.Integer(),
  skipped: Type.Integer(),
  rejected: Type.Array(
    Type.Object({
      index: Type.Integer({ description: 'Place of the record in the body, from 0.' }),
      code: OneOf(REJECTION_CODES),
      detail: Type.String(),
    }),
  ),
});
