import type { ContainerRef, NetworkFacts, SensorPod } from '../../model/security-event.ts';
import type { FieldReader } from '../field-reader.ts';
import { type OutputFields, textField } from './output-fields.ts';

/** What Falco writes as container id for processes outside of any container. */
const HOST = 'host';
const CONNECTION_ARROW = '->';
const SCHEME_END = '://';

export const isHost = (fields: OutputFields): boolean => fields.get('container.id') === HOST;

/** The container; the full id where the operator added it, else the first 12 digits. */
export function readContainer(fields: OutputFields, reader: FieldReader): ContainerRef | null {
  const short = textField(fields, 'container.id', reader);
  if (short === HOST) return null;
  const full = textField(fields, 'container.full_id', reader);
  const id = full === '' ? short : full;
  if (id === '') return null;
  const repository = textField(fields, 'container.image.repository', reader);
  const tag = textField(fields, 'container.image.tag', reader);
  const image = tag === '' ? repository : `${repository}:${tag}`;
  return {
    id: bareId(id),
    name: reader.textOrNull(fields.get('container.name')),
    image: repository === '' ? reader.textOrNull(fields.get('container.image')) : image,
  };
}

/** A container id without scheme, in lower case. */
function bareId(id: string): string {
  const scheme = id.indexOf(SCHEME_END);
  return (scheme === -1 ? id : id.slice(scheme + SCHEME_END.length)).toLowerCase();
}

/** The pod as the container runtime or, where there is one, the metadata plugin names it. */
export function readPod(fields: OutputFields, reader: FieldReader): SensorPod | null {
  return (
    podNamed(fields, reader, ['k8s.ns.name', 'k8s.pod.name', 'k8s.pod.uid']) ??
    podNamed(fields, reader, ['k8smeta.ns.name', 'k8smeta.pod.name', 'k8smeta.pod.uid'])
  );
}

function podNamed(
  fields: OutputFields,
  reader: FieldReader,
  [namespaceKey, nameKey, uidKey]: readonly [string, string, string],
): SensorPod | null {
  const namespace = textField(fields, namespaceKey, reader);
  const name = textField(fields, nameKey, reader);
  if (namespace === '' || name === '') return null;
  const uid = reader.textOrNull(fields.get(uidKey));
  return { namespace, name, uid, workload: null, workloadKind: null };
}

/** The file of the alert: its descriptor's name, if that is a path. */
export function readFile(fields: OutputFields, reader: FieldReader): string | null {
  const name = textField(fields, 'fd.name', reader);
  return name.startsWith('/') ? name : null;
}

/** The connection: client to server where Falco says which is which, else local to remote. */
export function readNetwork(fields: OutputFields, reader: FieldReader): NetworkFacts | null {
  const [client, server] = readConnection(textField(fields, 'fd.name', reader));
  const source = readSide(CLIENT, fields, reader) ?? client ?? readSide(LOCAL, fields, reader);
  const destination =
    readSide(SERVER, fields, reader) ?? server ?? readSide(REMOTE, fields, reader);
  if (source === null && destination === null) return null;
  const protocol = textField(fields, 'fd.l4proto', reader) || textField(fields, 'fd.proto', reader);
  const from = source ?? UNKNOWN_END;
  const to = destination ?? UNKNOWN_END;
  return {
    protocol: protocol === '' ? null : protocol,
    sourceIp: from.ip,
    sourcePort: from.port,
    destinationIp: to.ip,
    destinationPort: to.port,
  };
}

interface Endpoint {
  readonly ip: string | null;
  readonly port: number | null;
}

const ADDRESS = /^[0-9a-fA-F:.]+$/;
const PORT = /^\d{1,5}$/;
const UNKNOWN_END: Endpoint = { ip: null, port: null };

interface Side {
  readonly ip: string;
  readonly port: string;
}

const CLIENT: Side = { ip: 'fd.cip', port: 'fd.cport' };
const SERVER: Side = { ip: 'fd.sip', port: 'fd.sport' };
const LOCAL: Side = { ip: 'fd.lip', port: 'fd.lport' };
const REMOTE: Side = { ip: 'fd.rip', port: 'fd.rport' };

/** One end of a descriptor, as the output names it. */
function readSide(side: Side, fields: OutputFields, reader: FieldReader): Endpoint | null {
  const ip = textField(fields, side.ip, reader);
  return ip === '' ? null : { ip, port: reader.integer(fields.get(side.port)) };
}

/** Client and server of a descriptor's name such as `10.0.0.1:50000->10.0.0.2:443`. */
function readConnection(name: string): readonly [Endpoint | null, Endpoint | null] {
  const arrow = name.indexOf(CONNECTION_ARROW);
  if (arrow === -1) return [null, null];
  const from = readEndpoint(name.slice(0, arrow));
  const to = readEndpoint(name.slice(arrow + CONNECTION_ARROW.length));
  return from === null || to === null ? [null, null] : [from, to];
}

function readEndpoint(text: string): Endpoint | null {
  const colon = text.lastIndexOf(':');
  const ip = text.slice(0, Math.max(0, colon));
  const port = text.slice(colon + 1);
  return ADDRESS.test(ip) && PORT.test(port) ? { ip, port: Number(port) } : null;
}
