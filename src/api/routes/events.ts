import { formatTime } from '../../lib/format-time.ts';
import type { DeadLetter } from '../../store/ports.ts';
import type { ApiContext } from '../context.ts';
import { parseSpan } from '../parse-when.ts';
import { presentEvent } from '../present-event.ts';
import { ApiProblem } from '../problem.ts';
import { identityOf } from '../route-role.ts';
import { ERRORS, pageOf } from '../schemas/common.ts';
import { DeadLetterPage, EventPage, EventQuery, PlainPageQuery } from '../schemas/event.ts';
import type { ApiInstance } from '../typebox-provider.ts';

const EVENTS = {
  summary: 'Events of a pod, a node or a container, evidence and journal alike',
  tags: ['events'],
  querystring: EventQuery,
  response: { 200: EventPage, ...ERRORS },
};

const DEAD_LETTERS = {
  summary: 'Records that were refused, with the reason',
  tags: ['events'],
  querystring: PlainPageQuery,
  response: { 200: DeadLetterPage, ...ERRORS },
};

/** Everything that ever came in, whether something was found in it or not. */
export function eventRoutes(app: ApiInstance, context: ApiContext): void {
  const { reader } = context;
  const config = { role: 'read' as const };

  app.route({
    method: 'GET',
    url: '/v1/events',
    config,
    schema: EVENTS,
    handler: async (request) => {
      const { query } = request;
      const filter = {
        pod: podOf(query.pod),
        node: query.node ?? null,
        container: query.container ?? null,
        ...parseSpan(query, context.now()),
      };
      const page = await reader.listEvents(identityOf(request).scope, filter, pageOf(query));
      return { items: page.items.map(presentEvent), nextPageToken: page.nextPageToken };
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/dead-letters',
    config,
    schema: DEAD_LETTERS,
    handler: async (request) => {
      const page = await reader.listDeadLetters(identityOf(request).scope, pageOf(request.query));
      return { items: page.items.map(presentLetter), nextPageToken: page.nextPageToken };
    },
  });
}

const UID = /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;
const BARE_NAME = /^[a-z0-9][a-z0-9.-]{0,252}$/;

/** A name without its namespace would be taken for a UID and find nothing, without a word. */
function podOf(text: string | undefined): string | null {
  if (text === undefined) return null;
  if (UID.test(text) || !BARE_NAME.test(text)) return text;
  const detail = `must be namespace/name or a UID; "${text}" lacks its namespace`;
  const errors = [{ pointer: '/query/pod', detail }];
  throw new ApiProblem('invalid-request', `/query/pod ${detail}.`, { errors });
}

const presentLetter = (letter: DeadLetter) => ({
  id: letter.id,
  time: formatTime(letter.at),
  code: letter.code,
  detail: letter.detail,
  journal: { sequence: letter.journal.sequence, index: letter.journal.index },
  raw: letter.raw,
});
