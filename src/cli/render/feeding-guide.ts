import { stringify } from 'yaml';
import { readConfigSchema } from '../../config/config-schema.ts';
import {
  falcoLines,
  falcosidekickLines,
  fluentBitLines,
  TETRAGON_HELM_LINES,
  vectorLines,
} from '../../config/feeding.ts';
import type { NewConfig } from '../new-config.ts';

export interface GuideOptions {
  readonly config: NewConfig;
  readonly file: string;
}

/** A piece of configuration for somebody else, and where it belongs. */
export interface Snippet {
  /** Stable name, for programs. */
  readonly name: string;
  readonly where: string;
  readonly lines: readonly string[];
}

/** All that sensors and shippers have to be told. */
export const snippetsOf = ({ door }: NewConfig): readonly Snippet[] => [
  {
    name: 'falco',
    where:
      'Falco: falco.yaml, or below "falco:" in the values of its Helm chart (it never sends an alert again)',
    lines: falcoLines(door),
  },
  {
    name: 'falcosidekick',
    where: 'falcosidekick, where alerts go through it',
    lines: falcosidekickLines(door),
  },
  {
    name: 'tetragon',
    where:
      'Tetragon: values of its Helm chart (by default it leaves out the node itself and kube-system)',
    lines: TETRAGON_HELM_LINES,
  },
  {
    name: 'vector',
    where: "Tetragon's log, shipped from each node by Vector",
    lines: vectorLines(door),
  },
  {
    name: 'fluent-bit',
    where: 'or by Fluent Bit',
    lines: fluentBitLines(door),
  },
  ...followSnippet(),
];

/** Files that Eyrie itself follows, as the schema shows them. */
function followSnippet(): readonly Snippet[] {
  const example = readConfigSchema().properties?.['files']?.examples?.[0];
  if (example === undefined) return [];
  const lines = stringify({ files: example }, { lineWidth: 0 }).trimEnd().split('\n');
  const where = 'or, on the machine of the log, followed by Eyrie itself: eyrie.yaml';
  return [{ name: 'follow', where, lines }];
}

/** What to do with a new configuration, as text. */
export function feedingGuide({ config, file }: GuideOptions): string {
  const { door, tokens, isLocal, isGuessed } = config;
  const snippets = snippetsOf(config).map(({ where, lines }) => {
    const text = lines.map((line) => `    ${line}`).join('\n');
    return `${where}\n\n${text}\n`;
  });
  const names = Object.entries(tokens);
  return [
    `Wrote ${file}; only you can read it. What follows holds its secret.`,
    '',
    `Start       npx eyrie serve --config ${file}`,
    `Listens on  ${door.url}`,
    ...names.map(([name, token]) => `Token       ${name.padEnd(6)}  ${token}`),
    ...(isLocal ? LOCAL_NOTE : SECRET_NOTE),
    ...(isGuessed ? GUESS_NOTE : []),
    '',
    ...snippets,
    'Check what arrives',
    '',
    `    ${names.length === 0 ? '' : 'EYRIE_TOKEN=… '}npx eyrie doctor --to ${door.url}`,
  ].join('\n');
}

const LOCAL_NOTE = [
  '            Only this machine can reach that. For sensors on others, or in pods:',
  '            npx eyrie init --force --host 0.0.0.0',
  'Secret      Optional here: on loopback without tokens a request without any is taken, one with',
  '            a wrong one is refused. On every other address it is required.',
];

const SECRET_NOTE = [
  'Secret      Required from every sensor and shipper, because other machines can reach this address.',
];

const GUESS_NOTE = [
  '            It is reached under every name of this machine; put one that the sensors know',
  '            into the lines below, or give it with --public-url.',
];
