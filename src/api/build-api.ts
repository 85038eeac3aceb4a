import swagger from '@fastify/swagger';
import Fastify, { LogController, type FastifyInstance } from 'fastify';
import type { ApiContext } from './context.ts';
import { answerError, answerNotFound } from './error-handler.ts';
import { openApiOptions } from './openapi.ts';
import { requireRoles } from './route-role.ts';
import { actionRoutes } from './routes/actions.ts';
import { doctorRoutes } from './routes/doctor.ts';
import { coverageRoutes } from './routes/coverage.ts';
import { eventRoutes } from './routes/events.ts';
import { incidentPartRoutes } from './routes/incident-parts.ts';
import { incidentRoutes } from './routes/incidents.ts';
import { serviceRoutes } from './routes/service.ts';
import { ProblemBody } from './schemas/common.ts';
import { ProcessTreeNodeBody } from './schemas/incident-parts.ts';
import type { TypeBoxProvider } from './typebox-provider.ts';

const SERVER = {
  /** Bodies of the query API are small; the intake sets its own limit. */
  bodyLimit: 64 * 1024,
  /** A request must have come in whole by then; slow ones would hold sockets for nothing. */
  requestTimeout: 30_000,
  /** Longer than the longest wait of the intake (Falco's 30 s), or it would cut that off. */
  connectionTimeout: 60_000,
  keepAliveTimeout: 75_000,
  /** A secret of the intake may stand in the path. */
  routerOptions: { maxParamLength: 512, ignoreTrailingSlash: true },
  return503OnClosing: true,
} as const;

const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
} as const;

/** The routes in the order in which the documentation lists them. */
const ROUTES = [
  incidentRoutes,
  incidentPartRoutes,
  actionRoutes,
  eventRoutes,
  coverageRoutes,
  doctorRoutes,
  serviceRoutes,
] as const;

/** Puts the HTTP server together; it listens nowhere yet. Rejects if a route declares no role. */
export async function buildApi(context: ApiContext): Promise<FastifyInstance> {
  const app = Fastify({
    ...SERVER,
    ...(context.logger === null ? { logger: false } : { loggerInstance: context.logger }),
    // A line for each request would cost more than the request; failures are logged where they occur.
    logController: new LogController({ disableRequestLogging: true }),
    ajv: { customOptions: { removeAdditional: false, coerceTypes: 'array', allErrors: false } },
    frameworkErrors: answerError,
  }).withTypeProvider<TypeBoxProvider>();
  // Only JSON: a text body needs no leave of the browser, so foreign pages could send it.
  app.removeContentTypeParser('text/plain');
  app.setErrorHandler(answerError);
  app.setNotFoundHandler(answerNotFound);
  app.addHook('onRequest', (_request, reply, done) => {
    void reply.headers(SECURITY_HEADERS);
    done();
  });
  measureRequests(app, context);
  requireRoles(app, context.access);
  app.addSchema(ProblemBody);
  app.addSchema(ProcessTreeNodeBody);
  await app.register(swagger, openApiOptions(context.version));
  if (context.ingestPlugin !== undefined) await app.register(context.ingestPlugin);
  for (const routes of ROUTES) routes(app, context);
  await app.ready();
  return app;
}

function measureRequests(app: FastifyInstance, context: ApiContext): void {
  const { onRequestDone } = context;
  if (onRequestDone === undefined) return;
  app.addHook('onResponse', (request, reply, done) => {
    onRequestDone({
      method: request.method,
      route: request.routeOptions.url ?? 'unmatched',
      status: reply.statusCode,
      seconds: reply.elapsedTime / 1000,
    });
    done();
  });
}
