import { existsSync, statSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { configSchemaFile } from '../../config/config-schema.ts';
import { configText } from '../../config/config-text.ts';
import { CliFailure } from '../cli-failure.ts';
import { EXIT } from '../exit-codes.ts';
import { newConfig, type NewConfig } from '../new-config.ts';
import { feedingGuide, snippetsOf } from '../render/feeding-guide.ts';
import type { CommandContext } from '../services.ts';

interface InitFlags {
  readonly dir: string;
  readonly force?: boolean;
  readonly host?: string;
  readonly port?: string;
  readonly publicUrl?: string;
  readonly json?: boolean;
}

/** It holds secrets. */
const OWNER_ONLY = 0o600;

const EXAMPLES = `
It writes every setting with its default as a comment, a fresh secret for sensors and, where other
machines can connect, tokens; and prints what Falco, falcosidekick and Tetragon have to be told.

Examples:
  npx eyrie init                                       for sensors on this machine
  npx eyrie init --host 0.0.0.0 --public-url http://eyrie.security.svc:7780
  npx eyrie init --dir /etc/eyrie --json`;

/** `eyrie init`: a configuration to begin with. */
export function addInitCommand(program: Command, context: CommandContext): void {
  program
    .command('init')
    .description('write eyrie.yaml with a fresh secret, and print what the sensors have to be told')
    .option('--dir <folder>', 'where to write it', '.')
    .option(
      '--force',
      'write over one that is there; the old one stays beside it as eyrie.yaml.old',
    )
    .option('--host <host>', 'address to listen on (default 127.0.0.1)')
    .option('--port <number>', 'port to listen on (default 7780)')
    .option('--public-url <url>', 'address under which sensors and people reach it')
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: InitFlags) => init(flags, context));
}

async function init(flags: InitFlags, { terminal }: CommandContext): Promise<void> {
  const config = newConfig(flags);
  const folder = resolve(terminal.directory, flags.dir);
  const file = join(folder, 'eyrie.yaml');
  const text = configText({ schemaPlace: schemaPlace(folder), values: config.values });
  // Told before it is written: a file whose secrets nobody was shown is of no use.
  const told = toldOf(config, file, flags.json === true);
  await makeFolder(folder);
  await write(file, text, flags.force === true);
  terminal.print(told);
}

function toldOf(config: NewConfig, file: string, asJson: boolean): string {
  try {
    return asJson
      ? JSON.stringify(documentOf(config, file), null, 2)
      : feedingGuide({ config, file });
  } catch (error) {
    const message = `${config.door.url} is no address that sensors could be given; name another with --host or --public-url.`;
    throw new CliFailure(EXIT.usage, message, { cause: error });
  }
}

/** One by one, since making all at once never ends where none can be made, such as in `/proc`. */
async function makeFolder(folder: string): Promise<void> {
  const missing: string[] = [];
  for (let at = folder; !existsSync(at); at = dirname(at)) missing.unshift(at);
  try {
    for (const path of missing) await mkdir(path);
    if (!statSync(folder).isDirectory()) throw new Error('it is a file');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliFailure(EXIT.usage, `${folder} can not be the folder: ${reason}.`, {
      cause: error,
    });
  }
}

/** A path that goes on working when the whole folder is moved, if the installation lies in it. */
function schemaPlace(folder: string): string {
  const schema = configSchemaFile();
  const way = relative(folder, schema);
  return way.startsWith('..') || isAbsolute(way) ? schema : `./${way.replaceAll('\\', '/')}`;
}

/** The file is new, so nobody else ever had it open, and a link in its place leads nowhere. */
async function write(file: string, text: string, force: boolean): Promise<void> {
  if (force) await rename(file, `${file}.old`).catch(ignoreMissing);
  try {
    await writeFile(file, text, { flag: 'wx', mode: OWNER_ONLY });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const message = `${file} is there already and was left as it is. With --force a new one with new secrets takes its place.`;
    throw new CliFailure(EXIT.usage, message, { cause: error });
  }
}

function ignoreMissing(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}

function documentOf(config: NewConfig, file: string): unknown {
  const { door, tokens } = config;
  return {
    file,
    url: door.url,
    secret: door.secret,
    tokens,
    snippets: Object.fromEntries(
      snippetsOf(config).map(({ name, lines }) => [name, `${lines.join('\n')}\n`]),
    ),
  };
}
