import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { CliFailure } from '../cli-failure.ts';
import { EXIT } from '../exit-codes.ts';
import type { CommandContext } from '../services.ts';
import { visibleJson } from '../visible-json.ts';

interface VerifyFlags {
  readonly json?: boolean;
}

interface RebuildFlags extends VerifyFlags {
  readonly out?: string;
}

const EXAMPLES = `
Examples:
  npx eyrie db verify eyrie.sqlite
  npx eyrie db rebuild eyrie.sqlite --out fresh.sqlite     judges the journal anew; incidents keep
                                                           their ids and numbers`;

/** `eyrie db …`: checks a database, or makes a fresh one from its journal. */
export function addDbCommand(program: Command, context: CommandContext): void {
  const db = program
    .command('db')
    .description('verify or rebuild a database')
    .addHelpText('after', EXAMPLES);
  db.command('verify')
    .description('check that the database is whole: pages, journal, ledger and audit chain')
    .argument('<file>', 'database file')
    .option('--json', 'print the checks as JSON')
    .action(async (file: string, flags: VerifyFlags) => verify(file, flags, context));
  db.command('rebuild')
    .description('make a fresh database from the journal')
    .argument('<file>', 'database file; it is only read')
    .option('--out <file>', 'new database file (default: the name with .rebuilt behind it)')
    .option('--json', 'print the result as JSON')
    .action(async (file: string, flags: RebuildFlags) => rebuild(file, flags, context));
}

function requireFile(file: string): void {
  if (!existsSync(file)) throw new CliFailure(EXIT.badData, `${file}: there is no such file`);
}

async function verify(file: string, flags: VerifyFlags, context: CommandContext): Promise<void> {
  const { services, terminal } = context;
  requireFile(file);
  const checks = await services.verifyDatabase(file);
  const isGood = checks.every((check) => check.ok);
  if (!isGood) context.setExitCode(EXIT.failed);
  if (flags.json === true) {
    terminal.print(visibleJson({ file, ok: isGood, checks }));
    return;
  }
  const width = Math.max(0, ...checks.map((check) => check.check.length));
  for (const { check, ok, detail } of checks) {
    const word = ok ? terminal.paint('ok    ', 'green') : terminal.paint('BROKEN', 'red');
    terminal.print(`${word}  ${check.padEnd(width)}  ${detail}`);
  }
}

async function rebuild(file: string, flags: RebuildFlags, context: CommandContext): Promise<void> {
  const { services, terminal } = context;
  requireFile(file);
  const to = flags.out ?? `${file}.rebuilt`;
  if (existsSync(to)) {
    throw new CliFailure(EXIT.usage, `${to} is there already; name a new file with --out.`);
  }
  const log = services.createLog('warn');
  const rebuilt = await services.rebuildDatabase({ from: file, to, log });
  const { rows, incidents, judgedFrom } = rebuilt;
  if (flags.json === true) {
    terminal.print(visibleJson({ from: file, to, rows, incidents, judgedFrom }));
    return;
  }
  terminal.print(`${to}: ${incidents} incidents from ${rows} journal rows`);
  if (judgedFrom === 1) return;
  terminal.print(
    `The first rows were deleted by age or size: judged again from row ${judgedFrom} on, where the ` +
      'oldest snapshot ends; everything before it was copied as it stood.',
  );
}
