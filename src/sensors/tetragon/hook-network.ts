import { asObject } from '../../lib/json-object.ts';
import type { NetworkFacts } from '../../model/security-event.ts';
import type { FieldReader } from '../field-reader.ts';

import type { RawConnection } from './raw-event.ts';

interface RawEndpoints {
  readonly protocol?: unknown;
  /** Its number, in packets of old versions. */
  readonly proto?: unknown;
  readonly saddr?: unknown;
  readonly daddr?: unknown;
  readonly sport?: unknown;
  readonly dport?: unknown;
  readonly addr?: unknown;
  readonly port?: unknown;
}

/** How a socket that is not connected yet says so. */
const UNSPECIFIED: ReadonlySet<string | null> = new Set([null, '0.0.0.0', '::']);
/** Functions whose address is the process's own: `security_socket_bind`, `__x64_sys_bind`. */
const OWN_ADDRESS_FUNCTION = /(?:^|_)bind(?:$|_)/;

/**
 * The connection that a hooked function works on. A function that is about to connect has a socket
 * without a partner and, beside it, the address it will have.
 */
export function networkOf(
  functionName: string,
  args: unknown,
  reader: FieldReader,
): NetworkFacts | null {
  if (!Array.isArray(args)) return null;
  let socket: NetworkFacts | null = null;
  let address: NetworkFacts | null = null;
  for (const item of args) {
    const arg = asObject(item);
    if (arg === null) continue;
    const raw = asObject(arg['sock_arg'] ?? arg['skb_arg']);
    if (raw !== null) socket ??= readSocket(raw, reader);
    const other = asObject(arg['sockaddr_arg']);
    if (other !== null) address ??= readAddress(functionName, other, reader);
  }
  if (socket === null || address === null) return socket ?? address;
  return withAddress(socket, address);
}

function readSocket(raw: RawEndpoints, reader: FieldReader): NetworkFacts | null {
  const sourceIp = reader.textOrNull(raw.saddr);
  const destinationIp = reader.textOrNull(raw.daddr);
  if (sourceIp === null && destinationIp === null) return null;
  return {
    protocol: reader.enumOrNull(raw.protocol ?? raw.proto),
    sourceIp,
    sourcePort: reader.integer(raw.sport),
    destinationIp,
    destinationPort: reader.integer(raw.dport),
  };
}

function readAddress(
  functionName: string,
  raw: RawEndpoints,
  reader: FieldReader,
): NetworkFacts | null {
  const ip = reader.textOrNull(raw.addr);
  if (ip === null) return null;
  const port = reader.integer(raw.port);
  return OWN_ADDRESS_FUNCTION.test(functionName)
    ? { ...NO_CONNECTION, sourceIp: ip, sourcePort: port }
    : { ...NO_CONNECTION, destinationIp: ip, destinationPort: port };
}

const NO_CONNECTION: NetworkFacts = {
  protocol: null,
  sourceIp: null,
  sourcePort: null,
  destinationIp: null,
  destinationPort: null,
};

/** Fills the end of a socket that it does not have yet. */
function withAddress(socket: NetworkFacts, address: NetworkFacts): NetworkFacts {
  const { sourceIp, sourcePort, destinationIp, destinationPort } = address;
  if (destinationIp !== null && UNSPECIFIED.has(socket.destinationIp)) {
    return { ...socket, destinationIp, destinationPort };
  }
  if (sourceIp !== null && UNSPECIFIED.has(socket.sourceIp)) {
    return { ...socket, sourceIp, sourcePort };
  }
  return socket;
}

/** Members of `connectionOf`, which are so no arguments of the event. */
export const CONNECTION_MEMBERS = [
  'protocol',
  'source_ip',
  'source_port',
  'destination_ip',
  'destination_port',
  'ip',
  'port',
] as const satisfies readonly (keyof RawConnection)[];

/** The connection that an event such as `process_connect` or `process_listen` names itself. */
export function connectionOf(raw: RawConnection, reader: FieldReader): NetworkFacts | null {
  const sourceIp = reader.textOrNull(raw.source_ip ?? raw.ip);
  const destinationIp = reader.textOrNull(raw.destination_ip);
  if (sourceIp === null && destinationIp === null) return null;
  return {
    protocol: reader.enumOrNull(raw.protocol),
    sourceIp,
    sourcePort: reader.integer(raw.source_port ?? raw.port),
    destinationIp,
    destinationPort: reader.integer(raw.destination_port),
  };
}
