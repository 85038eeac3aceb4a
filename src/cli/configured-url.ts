import { hostname, networkInterfaces } from 'node:os';
import { readConfigFile } from '../config/config-file.ts';
import { isLoopback } from '../config/is-loopback.ts';
import type { Terminal } from './terminal.ts';

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORT = 7780;

/** Who listens on all addresses is reached on this machine under these. */
const OWN_NAME_OF: Readonly<Record<string, string>> = {
  '0.0.0.0': '127.0.0.1',
  '::': '::1',
};

/**
 * The address on which a server that is started in the same folder listens, as its variables and
 * `eyrie.yaml` (or EYRIE_CONFIG) say; null if they say nothing. A file that a client can not read or
 * understand is no obstacle: only the server needs it.
 */
export function configuredUrl(terminal: Terminal): string | null {
  const { environment } = terminal;
  const listen = listenOf(terminal);
  const host = environment['EYRIE_LISTEN_HOST'] || listen['host'];
  const port = environment['EYRIE_LISTEN_PORT'] || listen['port'];
  const isKnownPort = isScalar(port) && /^[1-9]\d{0,4}$/.test(String(port));
  const isKnownHost = typeof host === 'string';
  if (!isKnownPort && !isKnownHost) return null;
  const bare = isKnownHost ? host.replace(/^\[(.*)\]$/, '$1') : DEFAULT_HOST;
  const name = OWN_NAME_OF[bare] ?? bare;
  if (!isOwnAddress(name)) return null;
  const shown = name.includes(':') ? `[${name}]` : name;
  return `http://${shown}:${isKnownPort ? String(port) : DEFAULT_PORT}`;
}

/**
 * A server can only listen on an address of its own machine. Any other one in the file of a
 * stranger's folder would be sent the token of whoever runs a command there.
 */
function isOwnAddress(name: string): boolean {
  if (isLoopback(name) || name === hostname()) return true;
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ address }) => address === name),
  );
}

function listenOf({ environment, directory }: Terminal): Readonly<Record<string, unknown>> {
  try {
    const { values } = readConfigFile(environment['EYRIE_CONFIG'] || null, directory);
    return blockOf(blockOf(values)['listen']);
  } catch {
    return {};
  }
}

const isScalar = (value: unknown): value is string | number =>
  typeof value === 'string' || typeof value === 'number';

const blockOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
