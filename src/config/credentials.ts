/** What of a request can carry a credential; Fastify's request has this shape. */
export interface CredentialCarrier {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly query?: unknown;
}

/**
 * What a request shows. Credentials of the URL end up in the logs of proxies, so they open nothing
 * but the intake, where Falco can send no other.
 */
export interface Credentials {
  readonly header: string | null;
  readonly url: string | null;
}

/**
 * Finds the credential of a request: `Authorization: Bearer`, `X-Eyrie-Secret`, the password of
 * HTTP Basic (or its user, where that stands alone), else the secret in the path of the URL, else `?secret=`.
 */
export function credentialsOf(
  request: CredentialCarrier,
  pathSecret: string | null = null,
): Credentials {
  const header = fromAuthorization(request.headers['authorization']) ?? fromOwnHeader(request);
  return { header, url: pathSecret ?? fromQuery(request.query) };
}

function fromAuthorization(value: string | readonly string[] | undefined): string | null {
  if (typeof value !== 'string') return null;
  const space = value.indexOf(' ');
  const scheme = value.slice(0, space).toLowerCase();
  const rest = value.slice(space + 1).trim();
  if (scheme === 'bearer') return rest === '' ? null : rest;
  return scheme === 'basic' ? basicPassword(rest) : null;
}

function basicPassword(encoded: string): string | null {
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon === -1) return null;
  // `http://SECRET@host` has a name and no password.
  const password = text.slice(colon + 1);
  return (password === '' ? text.slice(0, colon) : password) || null;
}

function fromOwnHeader(request: CredentialCarrier): string | null {
  const value = request.headers['x-eyrie-secret'];
  return typeof value === 'string' && value !== '' ? value : null;
}

function fromQuery(query: unknown): string | null {
  if (typeof query !== 'object' || query === null || !Object.hasOwn(query, 'secret')) return null;
  const value = (query as { readonly secret: unknown }).secret;
  return typeof value === 'string' && value !== '' ? value : null;
}
