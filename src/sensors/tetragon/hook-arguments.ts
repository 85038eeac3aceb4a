import { type JsonObject, asObject } from '../../lib/json-object.ts';
import type { HookArgument } from '../../model/security-event.ts';
import { FLAG } from '../event-flags.ts';
import type { FieldReader } from '../field-reader.ts';
import { canonicalJson } from '../json-value.ts';

/** Beside the one member that holds the value. */
const LABEL = 'label';
const SUFFIX = '_arg';
/** Members that say it all, by type of argument; of other types the whole object is kept. */
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
/** Types whose value is not all that the process passed. */
const INCOMPLETE_TYPES: ReadonlySet<string> = new Set(['truncated_bytes', 'error']);
/** Types that name a file of the node. */
const FILE_TYPES: ReadonlySet<string> = new Set(['file', 'path', 'linux_binprm']);
/** Kernel functions whose first absolute path among the strings is the file they work on. */
const FILE_FUNCTION =
  /open|creat|link|rename|mkdir|rmdir|mknod|chmod|chown|chroot|chdir|trunc|stat|access|exec|mount|xattr|file|path|inode/;
/** Files without a path, as the kernel names them (`pipe:[4026]`), and objects kept as JSON. */
const PATHLESS = /^(?:[a-z_]+:|\{)/;
const NO_ARGUMENTS: readonly HookArgument[] = [];
const UNREADABLE: HookArgument = { type: 'unknown', label: null, value: '' };
/** Tetragon has a handful; what a record could hold beyond is attack, not information. */
const ARGUMENTS_MAX = 64;
const PARTIAL_PATH = 'unresolvedPathComponents';

/** The arguments of a hooked function; one of an unknown type keeps its JSON as text. */
export function readArguments(value: unknown, reader: FieldReader): readonly HookArgument[] {
  const list = reader.list(value);
  if (list.length === 0) return NO_ARGUMENTS;
  if (list.length > ARGUMENTS_MAX) reader.flag(FLAG.truncated);
  const args: HookArgument[] = [];
  for (const item of list) {
    if (args.length === ARGUMENTS_MAX) break;
    args.push(readArgument(item, reader));
  }
  return args;
}

function readArgument(value: unknown, reader: FieldReader): HookArgument {
  const raw = reader.object(value);
  const member = raw === null ? undefined : valueMember(raw);
  if (raw === null || member === undefined) return UNREADABLE;
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
  const object = asObject(value);
  if (object === null) return valueText(value, reader);
  if (INCOMPLETE_TYPES.has(type)) reader.flag(FLAG.truncated);
  const flags = object['flags'];
  if (typeof flags === 'string' && flags.includes(PARTIAL_PATH)) reader.flag(FLAG.truncated);
  const telling = TELLING_MEMBER.get(type);
  const member = telling === undefined ? undefined : object[telling];
  const tells = typeof member === 'string' || typeof member === 'number';
  return valueText(tells ? member : object, reader);
}

/** Any value as text: text as it is, a number in decimal digits, the rest as JSON. */
export function valueText(value: unknown, reader: FieldReader): string {
  if (typeof value === 'string') return reader.text(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return value === null ? '' : reader.clean(canonicalJson(value));
}

/** What a function returned, as text. */
export function readReturn(value: unknown, reader: FieldReader): string | null {
  if (value === undefined || value === null) return null;
  const { value: text } = readArgument(value, reader);
  return text === '' ? null : text;
}

/** The file that the hooked function works on. */
export function fileOf(functionName: string, args: readonly HookArgument[]): string | null {
  let text: string | null = null;
  for (const { type, value } of args) {
    const file = FILE_TYPES.has(type) ? absolute(value) : null;
    if (file !== null) return file;
    if (type === 'string' && text === null && value.startsWith('/')) text = value;
  }
  return text !== null && FILE_FUNCTION.test(functionName) ? text : null;
}

/** Old versions leave out the first slash of what is always a path from the root. */
function absolute(path: string): string | null {
  if (path.startsWith('/')) return path;
  return path === '' || PATHLESS.test(path) ? null : `/${path}`;
}
