// What kinds of events a set of files holds, of which versions, and what the schemas do not know.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OpenedEvent } from '../../src/sensors/unwrap/open-record.ts';

type Json = Readonly<Record<string, unknown>>;

interface SchemaNode {
  readonly $ref?: string;
  readonly allOf?: readonly SchemaNode[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
}

const FOLDER = join(import.meta.dirname, '../../schemas');
const SCHEMAS: ReadonlyMap<string, SchemaNode> = new Map(
  readdirSync(FOLDER)
    .filter((file) => /^(?:falco|tetragon)-.*\.json$/.test(file))
    .map((file) => [file, JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as SchemaNode]),
);
const OTHER_SCHEMA = 'tetragon-other.json';
const HEALTH_RULE = 'Falco internal';
/** Its members are named by the rules and the operator; no schema can know them all. */
const OPEN_MEMBER = 'output_fields';

/** The schema of an event, by the member that tells its type. */
export function schemaFileOf(root: Json, member: string | null): string {
  const { rule } = root;
  if (member === null) {
    const isHealth = typeof rule === 'string' && rule.startsWith(HEALTH_RULE);
    return isHealth ? 'falco-health.json' : 'falco-alert.json';
  }
  if (member === 'rate_limit_info') return 'tetragon-rate-limit.json';
  const file = `tetragon-${member.replace(/^process_/, '')}.json`;
  return SCHEMAS.has(file) ? file : OTHER_SCHEMA;
}

/** Paths of members that the schema of an event does not name; `[]` stands for any place of a list. */
export function unknownFields(root: Json, member: string | null): readonly string[] {
  const found = new Set<string>();
  const file = schemaFileOf(root, member);
  // A type without a schema of its own has its event in a member that no schema can name.
  const own = file === OTHER_SCHEMA && member !== null ? { [member]: {} } : {};
  walk(root, [{ properties: own }, SCHEMAS.get(file) ?? {}], { path: '', found });
  return [...found].toSorted();
}

interface Walk {
  readonly path: string;
  readonly found: Set<string>;
}

function walk(value: unknown, nodes: readonly SchemaNode[], { path, found }: Walk): void {
  const known = nodes.flatMap(resolve);
  if (Array.isArray(value)) {
    const items = known.flatMap(({ items: item }) => (item === undefined ? [] : [item]));
    for (const item of value) walk(item, items, { path: `${path}[]`, found });
    return;
  }
  const properties = known.flatMap((node) => (node.properties === undefined ? [] : [node]));
  if (typeof value !== 'object' || value === null || properties.length === 0) return;
  for (const [key, child] of Object.entries(value)) {
    const below = path === '' ? key : `${path}.${key}`;
    const declared = properties.flatMap((node) => declarationsOf(node, key));
    if (declared.length === 0) found.add(below);
    else if (below !== OPEN_MEMBER) walk(child, declared, { path: below, found });
  }
}

function resolve(node: SchemaNode): readonly SchemaNode[] {
  const referred = node.$ref === undefined ? undefined : SCHEMAS.get(node.$ref);
  const parts = [...(node.allOf ?? []), ...(referred === undefined ? [] : [referred])];
  return [node, ...parts.flatMap(resolve)];
}

function declarationsOf(node: SchemaNode, key: string): readonly SchemaNode[] {
  const own = node.properties?.[key];
  const byPattern = Object.entries(node.patternProperties ?? {})
    .filter(([pattern]) => new RegExp(pattern).test(key))
    .map(([, child]) => child);
  return own === undefined ? byPattern : [own, ...byPattern];
}

/** Members that came with a version of Tetragon, newest first. */
const TETRAGON_MARKS: readonly (readonly [string, RegExp])[] = [
  ['1.7', /"(?:environment_variables|error_arg|sockaddrun_arg)":/],
  ['1.6', /"process_usdt":|"data": ?\[|"pod": ?\{"namespace":"[^"]*", ?"name":"[^"]*", ?"uid":/],
  ['1.5', /"(?:security_context|pod_annotations|offset|node_labels)":/],
  ['1.4', /"sockaddr_arg":|"process_(?!exec)[a-z]+":.*"ancestors":/],
  ['1.3', /"(?:in_init_tree|syscall_id|ima_hash|cluster_name)":/],
  ['1.2', /"process_(?:lsm|throttle)":|"user": ?\{/],
  ['1.1', /"(?:message|tags|return_action|permission|kernel_stack_trace|user_stack_trace)":/],
  ['1.0', /"(?:policy_name|process_credentials|binary_properties|workload_kind|module_arg)":/],
  ['0.11', /"workload":/],
  ['0.10', /"(?:tid|cookie)":/],
  ['0.9', /"pod_labels":|"process_(?:uprobe|loader)":/],
];
const FALCO_MARKS: readonly (readonly [string, RegExp])[] = [
  ['falcosidekick', /"uuid": ?"/],
  ['0.41', /^\{"hostname":|"container\.image\.repository":.*"k8s\.pod\.name":/],
  ['0.39', /"message": ?"/],
  ['0.32', /"source": ?"/],
];

/** The oldest version that writes such an event. */
function versionOf({ member, bytes }: OpenedEvent): string {
  const text = Buffer.from(bytes).toString('utf8');
  const marks = member === null ? FALCO_MARKS : TETRAGON_MARKS;
  return marks.find(([, mark]) => mark.test(text))?.[0] ?? 'any';
}

/** One line of the summary. */
export interface EventType {
  readonly type: string;
  /** The oldest version that writes such events; `any` if nothing tells. */
  readonly version: string;
  count: number;
  readonly unknown: Set<string>;
}

/** Gathers events by type and version. */
export class Summary {
  private readonly types = new Map<string, EventType>();

  add(event: OpenedEvent): void {
    const type = event.member ?? `falco ${textOf(event.root['source'])}`;
    const version = versionOf(event);
    const key = `${type} ${version}`;
    const entry = this.types.get(key) ?? { type, version, count: 0, unknown: new Set<string>() };
    entry.count += 1;
    for (const path of unknownFields(event.root, event.member)) entry.unknown.add(path);
    this.types.set(key, entry);
  }

  list(): readonly EventType[] {
    return [...this.types.keys()].toSorted().flatMap((key) => this.types.get(key) ?? []);
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '(no source)');
