import { Command } from 'commander';
import { addDbCommand } from './commands/db.ts';
import { addDemoCommand } from './commands/demo.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addIncidentsCommand } from './commands/incidents.ts';
import { addInitCommand } from './commands/init.ts';
import { addReplayCommand } from './commands/replay.ts';
import { addRulesCommand } from './commands/rules.ts';
import { addSendCommand } from './commands/send.ts';
import { addServeCommand } from './commands/serve.ts';
import { EXIT_CODE_HELP } from './exit-codes.ts';
import type { CommandContext } from './services.ts';

const EXAMPLES = `
Examples:
  npx eyrie demo                                        recorded attacks, and what Eyrie makes of them
  npx eyrie init                                        a configuration, and what to tell the sensors
  npx eyrie serve                                       take events on http://127.0.0.1:7780
  npx eyrie replay events.ndjson --pods pods.json       raise incidents from files
  npx eyrie doctor                                      what arrives, and what is missing
  npx eyrie incidents list                              the queue of a running server

Every command has --help with examples, and --json for programs.`;

/** All commands, in the order a newcomer wants to read them. */
const COMMANDS = [
  addInitCommand,
  addServeCommand,
  addDoctorCommand,
  addReplayCommand,
  addDemoCommand,
  addIncidentsCommand,
  addSendCommand,
  addDbCommand,
  addRulesCommand,
] as const;

/** The command line of Eyrie. It throws instead of ending the process. */
export function createProgram(context: CommandContext): Command {
  const { terminal } = context;
  const program = new Command('eyrie')
    .description('Falco and Tetragon events in, explained incidents out')
    .version(context.services.version, '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .addHelpText('after', `${EXAMPLES}\n${EXIT_CODE_HELP}`)
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.note(text.trimEnd()),
      getOutHelpWidth: () => 100,
      getErrHelpWidth: () => 100,
    })
    .showHelpAfterError('(add --help for how to write it)')
    .exitOverride();
  for (const addCommand of COMMANDS) addCommand(program, context);
  return program;
}
