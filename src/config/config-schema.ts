import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { nearestWord } from '../lib/nearest-word.ts';
import type { ConfigProblem } from './config-error.ts';
import type { RawConfig } from './config.ts';

/** As much of JSON Schema as `schemas/config.json` uses. */
export interface SchemaNode {
  readonly $ref?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: string | number;
  readonly examples?: readonly unknown[];
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly definitions?: Readonly<Record<string, SchemaNode>>;
}

/** A setting outside of the file, and how its text has to be read. */
export interface Setting {
  readonly path: readonly string[];
  readonly form: 'text' | 'number' | 'list';
}

/** `schemas/config.json` compiled, with what the other sources of settings need of it. */
export interface ConfigSchema {
  readonly settings: readonly Setting[];
  /** Problems of a value; empty exactly if it is a RawConfig. `sourceOf` names where a path was set. */
  check(value: unknown, sourceOf: (path: readonly string[]) => string): readonly ConfigProblem[];
}

const SCHEMA_FILE = new URL('../../schemas/config.json', import.meta.url);

/** Path of the schema in this installation. */
export const configSchemaFile = (): string => fileURLToPath(SCHEMA_FILE);

/** Done once per start, so the file is not kept. */
export const readConfigSchema = (): SchemaNode =>
  JSON.parse(readFileSync(SCHEMA_FILE, 'utf8')) as SchemaNode;

/** Reads and compiles the schema. */
export function loadConfigSchema(): ConfigSchema {
  const schema = readConfigSchema();
  const ajv = new Ajv({ allErrors: true, verbose: true, allowUnionTypes: true });
  const validate = ajv.compile<RawConfig>(schema);
  const settings = settingsOf(schema, []);
  return {
    settings,
    check: (value, sourceOf) => checkValue(validate, value, { sourceOf, settings }),
  };
}

function settingsOf(node: SchemaNode, path: readonly string[]): Setting[] {
  return Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
    if (child.properties !== undefined) return settingsOf(child, [...path, key]);
    return [{ path: [...path, key], form: formOf(child) }];
  });
}

function formOf(node: SchemaNode): Setting['form'] {
  if (node.type === 'array') return 'list';
  const isNumber = node.type === 'integer' || node.type === 'number' || isNumberRef(node);
  return isNumber ? 'number' : 'text';
}

const isNumberRef = (node: SchemaNode): boolean =>
  node.$ref === '#/definitions/latenessMs' || node.$ref === '#/definitions/size';

function checkValue(
  validate: ValidateFunction<RawConfig>,
  value: unknown,
  around: Around,
): readonly ConfigProblem[] {
  if (validate(value)) return [];
  return (validate.errors ?? []).map((error) => problemOf(error, around));
}

/** What a problem is told with. */
interface Around {
  readonly sourceOf: (path: readonly string[]) => string;
  readonly settings: readonly Setting[];
}

function problemOf(error: ErrorObject, around: Around): ConfigProblem {
  const { sourceOf } = around;
  const path = error.instancePath.split('/').slice(1).map(unescapePointer);
  if (error.keyword === 'additionalProperties') return unknownKey(error, path, around);
  const parent = error.parentSchema as { description?: string } | undefined;
  const source = sourceOf(path);
  const described = parent?.description ?? `what the schema says (${error.message ?? ''})`;
  // A variable is one line, so "a list" alone would not say how to write it.
  const expected = source.startsWith('EYRIE_')
    ? described.replace(/^a list/, 'a JSON list')
    : described;
  return {
    source,
    path: path.join('.'),
    message: messageOf(error),
    fix: error.keyword === 'required' ? 'Add it.' : `Write ${expected}.`,
  };
}

function unknownKey(
  error: ErrorObject,
  path: readonly string[],
  { sourceOf, settings }: Around,
): ConfigProblem {
  const key = String(error.params['additionalProperty']);
  const known = Object.keys((error.parentSchema as SchemaNode | undefined)?.properties ?? {});
  const nearest = nearestWord(key, known) ?? settingNamed(key, settings);
  const fullPath = [...path, key];
  const fix = nearest === null ? `Known here: ${known.join(', ')}.` : `Did you mean "${nearest}"?`;
  return {
    source: sourceOf(fullPath),
    path: fullPath.map(shorten).join('.'),
    message: 'unknown key',
    fix: nearest === key ? nestedFix(key) : fix,
  };
}

/** A setting of this name that stands elsewhere, or is written with its whole path. */
function settingNamed(key: string, settings: readonly Setting[]): string | null {
  const paths = settings.map(({ path }) => path.join('.'));
  const last = settings.find(({ path }) => path.at(-1)?.toLowerCase() === key.toLowerCase());
  return last?.path.join('.') ?? (key.includes('.') ? nearestWord(key, paths) : null);
}

function nestedFix(key: string): string {
  const [block, ...rest] = key.split('.');
  return `Write ${rest.join('.')} below ${block}, on a line of its own.`;
}

/** Values are shown only where they can not be secrets. */
function messageOf(error: ErrorObject): string {
  if (error.keyword === 'required')
    return `"${String(error.params['missingProperty'])}" is missing`;
  const { data, instancePath } = error;
  const simple = typeof data === 'string' || typeof data === 'number';
  if (!simple) return `is ${kindOf(data)}`;
  const isPrivate = CREDENTIALS.test(instancePath) && !HARMLESS.test(instancePath);
  return isPrivate ? 'is not usable' : `is ${shorten(JSON.stringify(data))}`;
}

/** Anything written below these may be a secret in the wrong place. */
const CREDENTIALS = /^\/(?:tokens|ingest\/secrets)(?:\/|$)/;
const HARMLESS = /\/(?:role|sensor|latenessMs|name|cluster)$/;

function kindOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a block' : JSON.stringify(value);
}

const shorten = (text: string): string => (text.length > 80 ? `${text.slice(0, 80)}…` : text);

const unescapePointer = (part: string): string => part.replaceAll('~1', '/').replaceAll('~0', '~');
