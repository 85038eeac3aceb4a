import type { Command } from 'commander';
import { visibleText } from '../../lib/visible-text.ts';
import { EXIT } from '../exit-codes.ts';
import { loadSettings } from '../settings.ts';
import type { TestedRule, TestedRules } from '../../run-rule-tests.ts';
import type { CommandContext, CommonFlags, RulesReport } from '../services.ts';
import { visibleJson } from '../visible-json.ts';

const EXAMPLES = `
Examples:
  npx eyrie rules check                 the rules that come with Eyrie
  npx eyrie rules check my-rules/       ends with 1 if a rule cannot be used, or there is none
  npx eyrie rules test my-rules/        runs the tests below "eyrie: tests:"; ends with 1 if one fails`;

/** `eyrie rules …`: which rules there are, and what is wrong with the others. */
export function addRulesCommand(program: Command, context: CommandContext): void {
  const rules = program
    .command('rules')
    .description('check and test rules')
    .addHelpText('after', EXAMPLES);
  rules
    .command('check')
    .description('list the rules of a folder and what is wrong with any of them')
    .argument('[folder]', 'folder with rules (default: as configured)')
    .option('--config <file>', 'configuration file (default eyrie.yaml, if it is there)')
    .option('--json', 'print JSON')
    .action(async (folder: string | undefined, flags: CommonFlags) =>
      check(folder, flags, context),
    );
  rules
    .command('test')
    .description('run the tests that rules bring along, through the same path as real events')
    .argument('[folder]', 'folder with rules (default: as configured)')
    .option('--config <file>', 'configuration file (default eyrie.yaml, if it is there)')
    .option('--json', 'print JSON')
    .action(async (folder: string | undefined, flags: CommonFlags) => test(folder, flags, context));
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
  const problems = report.problems.map(problemLine);
  const count =
    `${counted(report.rules.length, 'rule')} can be used, ` +
    `${counted(report.problems.length, 'problem')}, in ${directory}`;
  return [...rules, ...problems, count].join('\n');
}

async function test(
  folder: string | undefined,
  { config, json }: CommonFlags,
  context: CommandContext,
): Promise<void> {
  const { services, terminal } = context;
  const directory = loadSettings({ config, rules: folder }, terminal).rules.directory;
  const tested = await services.testRules(directory);
  const { results, problems } = tested;
  if (results.length === 0) terminal.note(`eyrie: there are no tests in ${directory}`);
  const isGood = results.length > 0 && problems.length === 0 && results.every(hasPassed);
  if (!isGood) context.setExitCode(EXIT.failed);
  terminal.print(
    json === true ? visibleJson({ directory, ...tested }) : testText(directory, tested),
  );
}

const hasPassed = ({ expected, matched, refused }: TestedRule): boolean =>
  expected === matched && refused === null;

function testText(directory: string, { results, untested, problems }: TestedRules): string {
  const failed = results.filter((result) => !hasPassed(result));
  const lines = failed.map(
    (result) =>
      `FAILED   ${result.path}: ${visibleText(result.title)}: ${visibleText(result.test)}: ${whyFailed(result)}`,
  );
  const without = untested.map((title) => `NO TEST  ${visibleText(title)}`);
  const rules = new Set(results.map(({ ruleId }) => ruleId)).size;
  const passed = results.length - failed.length;
  const summary =
    `${passed} of ${counted(results.length, 'test')} of ${counted(rules, 'rule')} passed, ` +
    `${counted(untested.length, 'rule')} without a test, in ${directory}`;
  return [...problems.map(problemLine), ...lines, ...without, summary].join('\n');
}

function whyFailed({ expected, refused }: TestedRule): string {
  if (refused !== null) return `an event can not be read: ${visibleText(refused, 400)}`;
  return expected ? 'it should match and does not' : 'it matches and should not';
}

const problemLine = ({ path, ruleTitle, message }: RulesReport['problems'][number]): string =>
  `PROBLEM  ${path}: ${visibleText(ruleTitle)}: ${visibleText(message, 400)}`;

const counted = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? '' : 's'}`;
