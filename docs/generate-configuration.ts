// Writes docs/CONFIGURATION.md from schemas/config.json: npx node docs/generate-configuration.ts
import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { variableOf } from '../src/config/environment.ts';

const SCHEMA = new URL('../schemas/config.json', import.meta.url);
const PAGE = new URL('CONFIGURATION.md', import.meta.url);

interface SchemaNode {
  readonly title?: string;
  readonly default?: string | number;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly $ref?: string;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly definitions?: Readonly<Record<string, SchemaNode>>;
}

const INTRODUCTION = `# Configuration

This page is generated from \`schemas/config.json\`; run \`npx node docs/generate-configuration.ts\` after a change.

Eyrie needs no configuration; \`eyrie init\` writes one with every setting as a comment, a secret for the sensors and, for an address that others can reach, tokens. \`schemas/config.json\` helps editors: the first line of that file names it. Settings come from defaults, then \`eyrie.yaml\` in the working directory (or the file that \`--config\` or \`EYRIE_CONFIG\` names), then environment variables, then flags; the later one wins. A list is written as JSON into its variable and takes the place of the one in the file. Unknown keys are errors, unknown \`EYRIE_\` variables warnings, and every mistake is told with its line and what to write instead. Relative file names start at the configuration file, those of variables and flags at the working directory.

\`\`\`yaml
listen: { host: 0.0.0.0, port: 7780 }
database: { file: /var/lib/eyrie/eyrie.sqlite, keepDays: 14 }
cluster: { name: east }
ingest:
  secrets:
    - { name: falco, secretFile: /run/secrets/falco }
    - { name: shipper, secretFile: /run/secrets/shipper, latenessMs: 35000 }
tokens:
  - { name: soc, tokenFile: /run/secrets/soc, role: analyst }
\`\`\`

The settings below \`incidents\` and the rules go through the journal: they act on what comes behind them, and a rebuild sees each at its place.
`;

const CREDENTIALS = `## Credentials and addresses

- Without any token Eyrie listens on loopback only, and everybody on the machine is administrator. Any other address without tokens refuses to start; \`--insecure\` allows it.
- \`EYRIE_ADMIN_TOKEN\` and \`EYRIE_INGEST_SECRET\` set one credential of each kind without a file.
- On loopback without tokens the ingest secret is optional: a request without any is taken, one with a wrong one is refused with 401. As soon as the host is not loopback, or any token is set, every request needs a credential, and sensors need the ingest secret (only \`--insecure\` without tokens leaves it optional).
- A credential is taken from \`Authorization: Bearer\`, \`X-Eyrie-Secret\`, the password (or the user alone) of HTTP Basic, the path (\`/v1/ingest/falco/SECRET\`) or \`?secret=\`. The last two open the intake only.
- Only the SHA-256 of each is kept in memory. Fewer than 16 characters give a warning.
- The command line reads \`EYRIE_URL\` and \`EYRIE_TOKEN\` to reach a server; without \`EYRIE_URL\` and \`--to\` it takes the address that \`eyrie.yaml\` in the working directory listens on.

Limits that can not be set stand in \`src/config/limits.ts\`, each with its reason.
`;

interface Row {
  readonly name: string;
  readonly node: SchemaNode;
  /** Null where no environment variable can hold it. */
  readonly variable: string | null;
}

/** The page as it should be. */
export async function configurationPage(): Promise<string> {
  const schema = JSON.parse(readFileSync(SCHEMA, 'utf8')) as SchemaNode;
  const blocks = Object.entries(schema.properties ?? {});
  const sections = blocks.filter(([, node]) => isSection(node));
  const single = blocks.filter(([, node]) => !isSection(node));
  const text = [
    INTRODUCTION,
    ...sections.map(([name, node]) => section(name, node, schema)),
    '## Other settings\n',
    table(
      single.map(([name, node]) => ({ name, node, variable: variableOf([name]) })),
      schema,
    ),
    CREDENTIALS,
  ].join('\n');
  return format(text, { ...(await resolveConfig(PAGE)), parser: 'markdown' });
}

const isSection = (node: SchemaNode): boolean =>
  node.properties !== undefined || node.items?.properties !== undefined;

function section(name: string, node: SchemaNode, schema: SchemaNode): string {
  const title = node.title ?? '';
  const subject = title.charAt(0).toLowerCase() + title.slice(1);
  return `## \`${name}\`: ${subject}\n\n${table(rowsOf([name], node), schema)}`;
}

function rowsOf(path: readonly string[], node: SchemaNode): Row[] {
  const { items } = node;
  const children = Object.entries((items ?? node).properties ?? {});
  const place = path.join('.') + (items === undefined ? '' : '[]');
  const whole = { name: path.join('.'), node, variable: variableOf(path) };
  const rows = children.flatMap(([key, child]) => {
    if (isSection(child)) return rowsOf([...path, key], child);
    const variable = items === undefined ? variableOf([...path, key]) : null;
    return [{ name: `${place}.${key}`, node: child, variable }];
  });
  return items === undefined ? rows : [whole, ...rows];
}

function table(rows: readonly Row[], schema: SchemaNode): string {
  const lines = rows.map(({ name, node, variable }) => {
    const value = node.default === undefined ? '' : `\`${node.default}\``;
    const environment = variable === null ? '' : `<br>\`${variable}\``;
    return `| \`${name}\`${environment} | ${node.title ?? ''} | ${formOf(node, schema)} | ${value} |`;
  });
  return ['| setting | what it does | value | default |', '|---|---|---|---|', ...lines, ''].join(
    '\n',
  );
}

function formOf(node: SchemaNode, schema: SchemaNode): string {
  const definition = node.$ref?.split('/').at(-1) ?? '';
  return node.description ?? schema.definitions?.[definition]?.description ?? '';
}

if (import.meta.main) writeFileSync(PAGE, await configurationPage());
