import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isTrustedHost, mayAct, type Access, type Identity } from '../config/access.ts';
import type { Role } from '../config/config.ts';
import { credentialsOf } from '../config/credentials.ts';
import { ApiProblem } from './problem.ts';

/** Who may call a route; `public` is everybody. */
type RouteRole = Role | 'public';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Every route has to say who may call it. */
    role?: RouteRole;
  }
  interface FastifyRequest {
    /** Who asks; null on public routes and on those of the intake, which look for themselves. */
    identity: Identity | null;
  }
}

/** Refuses to boot with a route that does not declare its role, and checks it on every request. */
export function requireRoles(app: FastifyInstance, access: Access): void {
  app.decorateRequest('identity', null);
  app.addHook('onRoute', (route) => {
    if (route.config?.role !== undefined) return;
    throw new Error(`Route ${String(route.method)} ${route.url} must declare config.role`);
  });
  app.addHook('onRequest', (request, _reply, done) => {
    done(checkRequest(request, access));
  });
}

/** Who asks. Only for routes whose role is neither `public` nor `ingest`. */
export function identityOf(request: FastifyRequest): Identity {
  if (request.identity === null) throw new Error('Invariant broken: a request without identity');
  return request.identity;
}

function checkRequest(request: FastifyRequest, access: Access): ApiProblem | undefined {
  const foreign = checkOrigin(request, access);
  const { role } = request.routeOptions.config;
  if (foreign !== undefined || role === undefined || role === 'public' || role === 'ingest') {
    return foreign;
  }
  const identity = access.authorize(credentialsOf(request));
  if (identity === null) {
    const detail = 'Send a token of the configuration as "Authorization: Bearer TOKEN".';
    return new ApiProblem('unauthenticated', detail);
  }
  if (!mayAct(identity.role, role)) {
    const detail = `This needs the role ${role}; "${identity.name}" has ${identity.role}.`;
    return new ApiProblem('forbidden', detail);
  }
  request.identity = identity;
  return undefined;
}

/**
 * An Eyrie that is open on loopback must not be open to every web page that the same person looks
 * at: a page could name a host of its own that leads to 127.0.0.1, or post to it from afar.
 */
function checkOrigin(request: FastifyRequest, access: Access): ApiProblem | undefined {
  const { host, origin } = request.headers;
  const fromElsewhere = request.headers['sec-fetch-site'] === 'cross-site';
  const originHost = origin === undefined ? host : hostOf(origin);
  const trusted = isTrustedHost(access, host) && isTrustedHost(access, originHost);
  if (trusted && (!fromElsewhere || access.hosts === null)) return undefined;
  const detail =
    'Without tokens Eyrie answers only under localhost and its own names. Set publicUrl or tokens.';
  return new ApiProblem('untrusted-host', detail);
}

/** A page without an origin of its own sends `null`, which is no host that is trusted. */
const hostOf = (origin: string): string =>
  URL.canParse(origin) ? new URL(origin).host : 'unknown origin';
