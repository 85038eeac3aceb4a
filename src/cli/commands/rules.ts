import type { Command } from 'commander';
import { visibleText } from '../../lib/visible-text.ts';
import { EXIT } from '../exit-codes.ts';
import { loadSettings } from '../settings.ts';
import type { CommandContext, CommonFlags, RulesReport } from '../services.ts';
import { visibleJson } from '../visible-json.ts';

const EXAMPLES = `
Examples:
  eyrie rules check                 the rules that come with Eyrie
  eyrie rules check my-rules/       ends with 1 if a rule cannot be used, or there is none`;

/** `eyrie rules …`: which rules there are, and what is wrong with the others. */
export function addRulesCommand(program: Command, context: CommandContext): void {
  const rules = program.command('rules').description('check rules').addHelpText('after', EXAMPLES);
  rules
    .command('check')
    .description('list the rules of a folder and what is wrong with any of them')
    .argument('[folder]', 'folder with rules (default: as configured)')
    .option('--config <file>', 'configuration file (default eyrie.yaml, if it is there)')
    .option('--json', 'print JSON')
    .action(async (folder: string | undefined, flags: CommonFlags) =>
      check(folder, flags, context),
    );
}

async function check(
  folder: string | undefined,
  flags: CommonFlags,
  context: CommandContext,
): Promise<void> {
  const { services, terminal } = context;
  const { config } = flags;
  const directory = loadSettings({ config, rules: folder }, terminal).rules.directory;
  const report = await services.checkRules(directory);
  const isEmpty = report.rules.length + report.problems.length === 0;
  if (isEmpty) terminal.note(`eyrie: there are no rules in ${directory}`);
  if (isEmpty || report.problems.length > 0) context.setExitCode(EXIT.failed);
  if (flags.json === true) terminal.print(visibleJson({ directory, ...report }));
  else terminal.print(reportText(directory, report));
}

function reportText(directory: string, report: RulesReport): string {
  const rules = report.rules.map(
    ({ level, kind, path, title }) =>
      `${level.padEnd(13)}  ${kind.padEnd(11)}  ${path.padEnd(48)}  ${visibleText(title)}`,
  );
  const problems = report.problems.map(
    ({ path, ruleTitle, message }) =>
      `PROBLEM  ${path}: ${visibleText(ruleTitle)}: ${visibleText(message, 400)}`,
  );
  const count =
    `${counted(report.rules.length, 'rule')} can be used, ` +
    `${counted(report.problems.length, 'problem')}, in ${directory}`;
  return [...rules, ...problems, count].join('\n');
}

const counted = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? '' : 's'}`;
