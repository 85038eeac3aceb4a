import type { HookArgument, NetworkFacts } from '../../model/security-event.ts';
import { FLAG } from '../event-flags.ts';
import type { FieldReader } from '../field-reader.ts';
import { asObject, canonicalJson, type JsonObject } from '../json-value.ts';

/** Beside the one member that holds the value. */
const LABEL = 'label';
const SUFFIX = '_arg';
/** Members that say it all, by type of argument. */
const TELLING_MEMBER = new Map([
  ['file', 'path'],
  ['path', 'path'],
  ['linux_binprm', 'path'],
  ['sockaddrun', 'path'],
  ['capability', 'name'],
  ['module', 'name'],
  ['net_dev', 'name'],
  ['error', 'Message'],
  ['syscall_id', 'id'],
  ['truncated_bytes', 'bytes_arg'],
]);
/** Kernel functions whose first absolute path among the strings is the file they work on. */
const FILE_FUNCTION =
  /open|creat|link|rename|mkdir|rmdir|mknod|chmod|chown|chroot|chdir|trunc|stat|access|exec|mount|xattr|file|path|inode/;
const NO_ARGUMENTS: readonly HookArgument[] = [];
const PARTIAL_PATH = 'unresolvedPathComponents';

/** The arguments of a traced function; an unknown type keeps its JSON as text. */
export function readArguments(value: unknown, reader: FieldReader): readonly HookArgument[] {
  const list = reader.list(value);
  if (list.length === 0) return NO_ARGUMENTS;
  return list.map((item) => readArgument(item, reader));
}

function readArgument(value: unknown, reader: FieldReader): HookArgument {
  const raw = reader.object(value);
  const member = raw === null ? undefined : valueMember(raw);
  if (raw === null || member === undefined) return { type: 'unknown', label: null, value: '' };
  const type = member.endsWith(SUFFIX) ? member.slice(0, -SUFFIX.length) : member;
  return {
    type: reader.clean(type),
    label: reader.textOrNull(raw[LABEL]),
    value: readValue(type, raw[member], reader),
  };
}

function valueMember(raw: JsonObject): string | undefined {
  for (const key in raw) {
    if (key !== LABEL) return key;
  }
  return undefined;
}

function readValue(type: string, value: unknown, reader: FieldReader): string {
  if (typeof value === 'string') return reader.text(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const object = asObject(value);
  if (object === null) return value === null ? '' : reader.clean(canonicalJson(value));
  if (type === 'truncated_bytes') reader.flag(FLAG.truncated);
  const flags = object['flags'];
  if (typeof flags === 'string' && flags.includes(PARTIAL_PATH)) reader.flag(FLAG.truncated);
  const telling = TELLING_MEMBER.get(type);
  const member = telling === undefined ? undefined : object[telling];
  if (typeof member === 'string' || typeof member === 'number') {
    return reader.clean(String(member));
  }
  return reader.clean(canonicalJson(object));
}

/** What a function returned, as text. */
export function readReturn(value: unknown, reader: FieldReader): string | null {
  if (value === undefined || value === null) return null;
  const { value: text } = readArgument(value, reader);
  return text === '' ? null : text;
}

/** The file that the traced function works on. */
export function fileOf(functionName: string, args: readonly HookArgument[]): string | null {
  let text: string | null = null;
  for (const { type, value } of args) {
    if (!value.startsWith('/')) continue;
    if (type === 'file' || type === 'path' || type === 'linux_binprm') return value;
    if (type === 'string') text ??= value;
  }
  return text !== null && FILE_FUNCTION.test(functionName) ? text : null;
}

interface RawEndpoints {
  readonly protocol?: unknown;
  readonly saddr?: unknown;
  readonly daddr?: unknown;
  readonly sport?: unknown;
  readonly dport?: unknown;
  readonly addr?: unknown;
  readonly port?: unknown;
}

/** The connection that the traced function works on. */
export function networkOf(value: unknown, reader: FieldReader): NetworkFacts | null {
  if (!Array.isArray(value)) return null;
  for (const item of value) {
    const arg = asObject(item);
    const found = asObject(arg?.['sock_arg'] ?? arg?.['skb_arg'] ?? arg?.['sockaddr_arg']);
    if (found !== null) return readEndpoints(found, reader);
  }
  return null;
}

function readEndpoints(raw: RawEndpoints, reader: FieldReader): NetworkFacts | null {
  const sourceIp = reader.textOrNull(raw.saddr);
  const destinationIp = reader.textOrNull(raw.daddr ?? raw.addr);
  if (sourceIp === null && destinationIp === null) return null;
  return {
    protocol: reader.enumOrNull(raw.protocol),
    sourceIp,
    sourcePort: reader.integer(raw.sport),
    destinationIp,
    destinationPort: reader.integer(raw.dport ?? raw.port),
  };
}
