import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { ConfigError } from '../config/config-error.ts';
import { loadConfigSchema } from '../config/config-schema.ts';
import type { RawConfig } from '../config/config.ts';
import type { Door } from '../config/feeding.ts';
import { isLoopback } from '../config/is-loopback.ts';

/** What somebody wants of a new configuration. */
export interface Wishes {
  readonly host?: string;
  readonly port?: string;
  readonly publicUrl?: string;
}

export interface NewConfig {
  readonly values: RawConfig;
  /** The secret for sensors, and the address they reach. */
  readonly door: Door & { readonly secret: string };
  /** Tokens by name; none where only this machine can connect. */
  readonly tokens: Readonly<Record<string, string>>;
  /** Nobody but this machine reaches the address. */
  readonly isLocal: boolean;
  /** The name in the address is a guess: it listens on all of them. */
  readonly isGuessed: boolean;
}

/** 160 bits, more than anybody can guess; hexadecimal, so that no file and no shell needs quotes. */
const SECRET_BYTES = 20;
const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORT = 7780;
const EVERYWHERE = new Set(['0.0.0.0', '::', '[::]']);

/** Settings with fresh credentials. Throws a ConfigError for a wish that can not be. */
export function newConfig(wishes: Wishes): NewConfig {
  const { host, publicUrl } = wishes;
  const secret = freshSecret();
  const isLocal = isLoopback(host ?? DEFAULT_HOST);
  const own = isLocal ? null : { admin: freshSecret(), viewer: freshSecret() };
  const values: RawConfig = {
    ...listenOf(wishes),
    ingest: { secrets: [{ name: 'sensors', secret }] },
    ...(own === null ? {} : { tokens: tokensOf(own) }),
    ...(publicUrl === undefined ? {} : { publicUrl }),
  };
  checkWishes(values);
  const url = publicUrl?.replace(/\/+$/, '') ?? urlOf(host ?? DEFAULT_HOST, values.listen?.port);
  const isGuessed = publicUrl === undefined && host !== undefined && EVERYWHERE.has(host);
  return { values, door: { url, secret }, tokens: own ?? {}, isLocal, isGuessed };
}

const freshSecret = (): string => randomBytes(SECRET_BYTES).toString('hex');

function listenOf({ host, port }: Wishes): Pick<RawConfig, 'listen'> {
  if (host === undefined && port === undefined) return {};
  // What is no number is left as it is, for the schema to refuse.
  const number =
    port === undefined ? undefined : ((/^\d+$/.test(port) ? Number(port) : port) as number);
  return {
    listen: {
      ...(host === undefined ? {} : { host }),
      ...(number === undefined ? {} : { port: number }),
    },
  };
}

const tokensOf = (tokens: { admin: string; viewer: string }): NonNullable<RawConfig['tokens']> => [
  { name: 'admin', token: tokens.admin, role: 'admin' },
  { name: 'viewer', token: tokens.viewer, role: 'read' },
];

const FLAG_OF: Readonly<Record<string, string>> = {
  'listen.host': '--host',
  'listen.port': '--port',
  publicUrl: '--public-url',
};

const flagOf = (path: readonly string[]): string => FLAG_OF[path.join('.')] ?? 'eyrie init';

function checkWishes(values: RawConfig): void {
  const problems = [...loadConfigSchema().check(values, flagOf)];
  if (values.listen?.port === 0) {
    problems.push({
      source: '--port',
      path: 'listen.port',
      message: 'is 0, which is another port at every start',
      fix: 'Choose one that sensors can be told.',
    });
  }
  if (problems.length > 0) throw new ConfigError(problems);
}

function urlOf(host: string, port = DEFAULT_PORT): string {
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  const name = EVERYWHERE.has(host) ? hostname() : bare;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
