// Writes eyrie.yaml from schemas/config.json, so that no comment in it can differ from what holds.
import { stringify } from 'yaml';
import { readConfigSchema, type SchemaNode } from './config-schema.ts';
import type { RawConfig } from './config.ts';
import { variableOf } from './environment.ts';

const LINE_CHARS_MAX = 98;
/** Of a setting that takes any text there is nothing to say. */
const ANY_TEXT = 'text';

const INTRODUCTION = [
  'Configuration of Eyrie, as "eyrie init" wrote it. A commented line shows the default, or an example',
  'where there is none. Environment variables and flags win over what stands here. It holds secrets:',
  'keep it to yourself.',
];

export interface ConfigTextOptions {
  /** Where editors find the schema: a path or an address. */
  readonly schemaPlace: string;
  /** Settings that are in effect; all others are shown as comments. */
  readonly values: RawConfig;
}

/** The text of a configuration file with every setting there is. */
export function configText({ schemaPlace, values }: ConfigTextOptions): string {
  const schema = readConfigSchema();
  const settings = Object.entries(schema.properties ?? {}).map(([key, node]) =>
    settingLines({ node, path: [key], schema }, (values as Record<string, unknown>)[key]).join(
      '\n',
    ),
  );
  const introduction = INTRODUCTION.map((line) => `# ${line}`).join('\n');
  return `# yaml-language-server: $schema=${schemaPlace}\n${introduction}\n\n${settings.join('\n\n')}\n`;
}

interface Place {
  readonly node: SchemaNode;
  readonly path: readonly string[];
  readonly schema: SchemaNode;
}

/** One setting with its comment; blocks hold those below them. */
function settingLines(place: Place, value: unknown): readonly string[] {
  const { node, path, schema } = place;
  const key = path.at(-1) ?? '';
  if (node.properties !== undefined) {
    const children = Object.entries(node.properties).map(([name, child]) => {
      const held = isBlock(value) ? value[name] : undefined;
      return indented(settingLines({ node: child, path: [...path, name], schema }, held)).join(
        '\n',
      );
    });
    return [...comment(sentence(node.title)), `${key}:`, children.join('\n\n')];
  }
  const explained = node.items === undefined ? explainValue(place) : explainList(place);
  const shown = value ?? node.default ?? node.examples?.[0];
  if (shown === undefined) return explained;
  const lines = stringify({ [key]: shown }, { lineWidth: 0 })
    .trimEnd()
    .split('\n');
  return [...explained, ...(value === undefined ? lines.map((line) => `# ${line}`) : lines)];
}

const isBlock = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function explainValue({ node, path, schema }: Place): readonly string[] {
  const form = formOf(node, schema);
  const written = form === '' ? '' : ` Write ${form}.`;
  return comment(`${sentence(node.title)}${written} (${variableOf(path)})`);
}

/** A list with its keys, each with what it says. */
function explainList({ node, path, schema }: Place): readonly string[] {
  const keys = Object.entries(node.items?.properties ?? {});
  const width = Math.max(0, ...keys.map(([key]) => key.length));
  const required = new Set(node.items?.required ?? []);
  return [
    ...comment(`${sentence(node.title)} (${variableOf(path)}, as JSON)`),
    ...keys.flatMap(([key, child]) => {
      const need = required.has(key) ? ' Needed.' : '';
      const form = formOf(child, schema);
      return comment(
        `${sentence(child.title)}${need}${form === '' ? '' : ` Write ${form}.`}`,
        `  ${key.padEnd(width)}  `,
      );
    }),
  ];
}

function formOf(node: SchemaNode, schema: SchemaNode): string {
  const definition = node.$ref?.split('/').at(-1) ?? '';
  if (definition === ANY_TEXT) return '';
  return node.description ?? schema.definitions?.[definition]?.description ?? '';
}

const sentence = (title = ''): string => (/[.?]$/.test(title) ? title : `${title}.`);

const indented = (lines: readonly string[]): readonly string[] =>
  lines.flatMap((line) => line.split('\n')).map((line) => (line === '' ? '' : `  ${line}`));

/** Comment lines of a text, broken between words; lines after the first stand below its beginning. */
function comment(text: string, prefix = ''): readonly string[] {
  const lines: string[] = [];
  let line = prefix.trimEnd();
  const room = LINE_CHARS_MAX - 4;
  const margin = ' '.repeat(prefix.length);
  for (const word of text.split(' ')) {
    const start = lines.length === 0 ? prefix : margin;
    const isFirst = line.length <= start.trimEnd().length;
    const longer = isFirst ? `${start}${word}` : `${line} ${word}`;
    if (!isFirst && longer.length > room) {
      lines.push(line);
      line = `${margin}${word}`;
    } else {
      line = longer;
    }
  }
  return [...lines, line].map((one) => `# ${one}`.trimEnd());
}
