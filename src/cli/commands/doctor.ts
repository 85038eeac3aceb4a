import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { presentDoctor } from '../../api/present-doctor.ts';
import { createApiClient, serverUrl } from '../api-client.ts';
import { CliFailure } from '../cli-failure.ts';
import { EXIT } from '../exit-codes.ts';
import { type DoctorDocument, renderDoctorReport } from '../render/doctor-report.ts';
import type { CommandContext } from '../services.ts';
import { loadSettings } from '../settings.ts';
import { visibleJson } from '../visible-json.ts';

interface DoctorFlags {
  readonly to?: string;
  readonly db?: string;
  readonly token?: string;
  readonly config?: string;
  readonly json?: boolean;
}

const EXAMPLES = `
It asks a running server what came since its start, or reads the newest 50,000 records of a database
file. ✗ is something that loses events or what they are worth, ! something to look at. It ends with
1 if there is any ✗. A token (role read) comes from EYRIE_TOKEN; --token shows it to everybody who
lists the processes of this machine.

Examples:
  npx eyrie doctor
  EYRIE_TOKEN=… npx eyrie doctor --to http://eyrie.security.svc:7780
  npx eyrie doctor --db eyrie.sqlite --json`;

/** `eyrie doctor`: what arrives from the sensors, what is missing, and what to do about it. */
export function addDoctorCommand(program: Command, context: CommandContext): void {
  program
    .command('doctor')
    .description('say what arrives from the sensors, what is missing, and what to do about it')
    .option(
      '--to <url>',
      'address of the server (default EYRIE_URL, else that of ./eyrie.yaml, else http://127.0.0.1:7780)',
    )
    .option('--db <file>', 'read this database file instead')
    .option('--token <token>', 'token of the server (better: EYRIE_TOKEN)')
    .option('--config <file>', 'with --db: configuration that names the rules')
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: DoctorFlags) => doctor(flags, context));
}

async function doctor(flags: DoctorFlags, context: CommandContext): Promise<void> {
  const { terminal } = context;
  if (flags.db !== undefined && flags.to !== undefined) {
    throw new CliFailure(EXIT.usage, 'Either --to or --db, not both.');
  }
  const { source, body } =
    flags.db === undefined
      ? await askServer(flags, context)
      : await askFile(flags.db, flags, context);
  if (body.checks.some(({ level }) => level === 'fail')) context.setExitCode(EXIT.failed);
  terminal.print(
    flags.json === true
      ? visibleJson(body)
      : renderDoctorReport(body, { painter: terminal.paint, source }),
  );
}

interface Answer {
  readonly source: string;
  readonly body: DoctorDocument;
}

async function askServer(flags: DoctorFlags, { terminal }: CommandContext): Promise<Answer> {
  const url = serverUrl(flags.to, terminal);
  const { token } = flags;
  const environment =
    token === undefined ? terminal.environment : { ...terminal.environment, EYRIE_TOKEN: token };
  const client = createApiClient(url, { ...terminal, environment });
  const body = (await client.call({ path: '/v1/doctor' })) as Partial<DoctorDocument> | null;
  if (!Array.isArray(body?.checks)) {
    throw new CliFailure(EXIT.unavailable, `What answers at ${url} is no Eyrie.`);
  }
  return { source: url, body: body as DoctorDocument };
}

async function askFile(file: string, flags: DoctorFlags, context: CommandContext): Promise<Answer> {
  const { services, terminal } = context;
  if (!existsSync(file)) throw new CliFailure(EXIT.badData, `${file}: there is no such file`);
  const { rules } = loadSettings({ config: flags.config }, terminal);
  const report = await services.inspectDatabase({ file, rulesDirectory: rules.directory });
  return { source: file, body: presentDoctor(report, { gapsLastHour: null, files: [] }) };
}
