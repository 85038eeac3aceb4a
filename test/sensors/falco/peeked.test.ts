import { describe, expect, test } from 'vitest';
import { peekEvent } from '../../../src/store/peek-event.ts';
import { eventOf } from '../samples.ts';
import { recordsOf, streamNames } from './stream-samples.ts';

// The index of the journal holds what the sensors read; a listing reads the records again.
describe.each(streamNames())('%s', (name) => {
  test.each(recordsOf(name).map((bytes, index) => [index, bytes] as const))(
    'record %i is listed with what was read of it',
    (_, bytes) => {
      const event = eventOf(bytes);
      expect(peekEvent(Buffer.from(bytes))).toMatchObject({
        sensor: 'falco',
        kind: event.kind,
        time: event.time,
        node: event.node,
        namespace: event.pod === null ? null : event.pod.namespace,
        pod: event.pod === null ? null : event.pod.name,
        podUid: event.pod === null ? null : event.pod.uid,
        container: event.container === null ? null : event.container.id,
      });
    },
  );
});
