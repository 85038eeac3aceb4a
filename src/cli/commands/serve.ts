import { Option, type Command } from 'commander';
import type { Config } from '../../config/config.ts';
import { LOG_LEVELS, type LogLevel } from '../../telemetry/log.ts';
import { loadSettings } from '../settings.ts';
import type { CommandContext, CommonFlags } from '../services.ts';
import { collect } from './collect.ts';

interface ServeFlags extends CommonFlags {
  readonly host?: string;
  readonly port?: string;
  readonly pods?: readonly string[];
  readonly follow?: readonly string[];
  readonly insecure?: boolean;
  readonly logLevel: LogLevel;
}

const EXAMPLES = `
Examples:
  npx eyrie serve                                    on 127.0.0.1:7780, database eyrie.sqlite
  npx eyrie serve --db /var/lib/eyrie/eyrie.sqlite --pods pods.json
  kubectl get pods -A -o json > pods.json            makes such a dump of pods
  npx eyrie serve --follow /var/run/cilium/tetragon/tetragon.log

Falco:      http_output.url: http://127.0.0.1:7780/v1/ingest/falco
Tetragon:   --follow its export file, or ship that to http://127.0.0.1:7780/v1/ingest/tetragon`;

/** `eyrie serve`: takes events over HTTP until it is told to stop. */
export function addServeCommand(program: Command, context: CommandContext): void {
  program
    .command('serve')
    .description('take events over HTTP and from files, and raise incidents')
    .option('--host <host>', 'address to listen on (default 127.0.0.1)')
    .option('--port <number>', 'port to listen on, 0 for any free one (default 7780)')
    .option('--db <file>', 'database file (default eyrie.sqlite)')
    .option('--rules <folder>', 'folder with rules (default: those that come with Eyrie)')
    .option('--pods <dump>', 'pod dump of "kubectl get pods -A -o json"; may be repeated', collect)
    .option(
      '--follow <file>',
      'file of a sensor to follow while it grows; may be a pattern in quotes, may be repeated',
      collect,
    )
    .option('--config <file>', 'configuration file (default eyrie.yaml, if it is there)')
    .option('--insecure', 'listen on an open address without tokens')
    .addOption(
      new Option('--log-level <level>', 'what goes to standard error')
        .choices(LOG_LEVELS)
        .default('info'),
    )
    .option('--json', 'print the address as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: ServeFlags) => serve(flags, context));
}

async function serve(flags: ServeFlags, context: CommandContext): Promise<void> {
  const { services, terminal } = context;
  const config = loadSettings(flags, terminal);
  const podDumps = flags.pods ?? [];
  const log = services.createLog(flags.logLevel);
  const server = await services.startServer({ config, podDumps, log });
  context.onShutdown(async () => server.stop());
  if (flags.json === true) terminal.print(JSON.stringify({ url: server.url }));
  else terminal.print(welcome(server.url, config));
  context.setExitCode(await server.done);
}

/** The first line is a promise to scripts: it ends with the address. */
function welcome(url: string, { files, database }: Config): string {
  return [
    `Eyrie listens on ${url}`,
    `  post events   ${url}/v1/ingest/falco  ${url}/v1/ingest/tetragon  ${url}/v1/ingest`,
    `  look          ${url}/v1/incidents  ${url}/v1/status  ${url}/openapi.json`,
    `  or            npx eyrie incidents list --to ${url}`,
    ...files.map(({ path }) => `  follow        ${path}`),
    `  database      ${database.file}`,
  ].join('\n');
}
