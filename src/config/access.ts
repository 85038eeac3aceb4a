import { hash, timingSafeEqual } from 'node:crypto';
import type { SensorName } from '../model/origin.ts';
import type { Scope } from '../model/scope.ts';
import { ROLES, type AccessToken, type Config, type IngestSecret, type Role } from './config.ts';
import type { Credentials } from './credentials.ts';
import { isLoopback } from './is-loopback.ts';

/** Who a request comes from and what that means for what it brings or asks. */
export interface Identity {
  readonly name: string;
  readonly role: Role;
  /** Which clusters it may read. */
  readonly scope: Scope;
  /** The cluster that events it sends belong to. */
  readonly cluster: string;
  readonly latenessMs: number;
  readonly sensor: SensorName | 'any';
}

export interface Access {
  /** True if requests without any credential are let in as administrator. */
  readonly open: boolean;
  /** True if any token or secret is configured. */
  readonly hasCredentials: boolean;
  /** Host names under which an open Eyrie answers; null is any. See `isTrustedHost`. */
  readonly hosts: readonly string[] | null;
  /** Null if the credential is missing or wrong. */
  authorize(credentials: Credentials): Identity | null;
}

/** Does a role include another? Each includes those before it. */
export const mayAct = (role: Role, needed: Role): boolean =>
  ROLES.indexOf(role) >= ROLES.indexOf(needed);

interface Entry {
  readonly digest: Buffer;
  readonly identity: Identity;
}

/**
 * Knows all credentials of a configuration. On loopback without any token everything is open, so
 * that Eyrie can be tried without setting anything up.
 */
export function createAccess(config: Config): Access {
  const forAll = config.tokens.map((token) => entryOf(token.digest, fromToken(token, config)));
  const forIngest = config.ingest.secrets.map((one) => entryOf(one.digest, fromSecret(one)));
  const everything = [...forAll, ...forIngest];
  const inUrls = everything.filter((entry) => entry.identity.role === 'ingest');
  const loopback = isLoopback(config.listen.host);
  const open = config.tokens.length === 0 && (loopback || config.insecure);
  const local = localIdentity(config);
  const authorize = ({ header, url }: Credentials): Identity | null => {
    // Where no credential exists none can be wrong; where one does, a wrong one is worth an error.
    if (open && everything.length === 0) return local;
    if (header !== null) return find(everything, header);
    if (url !== null) return find(inUrls, url);
    return open ? local : null;
  };
  const hosts = open && loopback ? hostsOf(config) : null;
  return { open, hasCredentials: everything.length > 0, hosts, authorize };
}

const entryOf = (digest: string, identity: Identity): Entry => ({
  digest: Buffer.from(digest, 'hex'),
  identity,
});

/** Compares with all entries whatever matches, so that the time taken says nothing. */
function find(entries: readonly Entry[], credential: string): Identity | null {
  const digest = hash('sha256', credential, 'buffer');
  let found: Identity | null = null;
  for (const entry of entries) if (timingSafeEqual(entry.digest, digest)) found = entry.identity;
  return found;
}

/** Events sent with a token belong to its only cluster, if it names just one. */
function fromToken(token: AccessToken, config: Config): Identity {
  const { clusters } = token;
  const own = clusters?.includes(config.cluster.name) ?? true;
  return {
    name: token.name,
    role: token.role,
    scope: { clusters },
    cluster: own ? config.cluster.name : (clusters?.[0] ?? config.cluster.name),
    latenessMs: config.latenessMs,
    sensor: 'any',
  };
}

const fromSecret = (secret: IngestSecret): Identity => ({
  name: secret.name,
  role: 'ingest',
  scope: { clusters: [] },
  cluster: secret.cluster,
  latenessMs: secret.latenessMs,
  sensor: secret.sensor,
});

const localIdentity = (config: Config): Identity => ({
  name: 'local',
  role: 'admin',
  scope: { clusters: null },
  cluster: config.cluster.name,
  latenessMs: config.latenessMs,
  sensor: 'any',
});

function hostsOf(config: Config): readonly string[] {
  const own = config.listen.host.toLowerCase();
  if (config.publicUrl === null || !URL.canParse(config.publicUrl)) return [own];
  return [own, new URL(config.publicUrl).hostname.toLowerCase()];
}

/**
 * Is this Host header one that an open Eyrie expects? A page of a stranger's site can make a browser
 * call 127.0.0.1 under the stranger's own host name; without tokens the name is all that tells it.
 */
export function isTrustedHost(access: Access, hostHeader: string | undefined): boolean {
  if (access.hosts === null) return true;
  if (hostHeader === undefined) return false;
  const host = hostHeader.toLowerCase().replace(/:\d+$/, '');
  return isLoopback(host) || access.hosts.includes(host);
}
