import type { ApiContext } from '../context.ts';
import { parseSpan } from '../parse-when.ts';
import { presentGap } from '../present-gap.ts';
import { identityOf } from '../route-role.ts';
import { ERRORS, pageOf } from '../schemas/common.ts';
import { GapPage, GapQuery } from '../schemas/coverage.ts';
import type { ApiInstance } from '../typebox-provider.ts';

const COVERAGE = {
  summary: 'Times in which sensors lost events or did not see all, newest first by their end',
  tags: ['events'],
  querystring: GapQuery,
  response: { 200: GapPage, ...ERRORS },
};

/** What was not seen. */
export function coverageRoutes(app: ApiInstance, context: ApiContext): void {
  app.route({
    method: 'GET',
    url: '/v1/coverage',
    config: { role: 'read' as const },
    schema: COVERAGE,
    handler: async (request) => {
      const { query } = request;
      const { cluster = null, node = null } = query;
      const filter = { cluster, node, ...parseSpan(query, context.now()) };
      const { scope } = identityOf(request);
      const page = await context.reader.listCoverage(scope, filter, pageOf(query));
      return { items: page.items.map(presentGap), nextPageToken: page.nextPageToken };
    },
  });
}
