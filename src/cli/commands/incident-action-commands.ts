import { InvalidArgumentError, Option, type Command } from 'commander';
import { visibleText } from '../../lib/visible-text.ts';
import { VERDICTS, type Verdict } from '../../model/incident.ts';
import { createApiClient, serverUrl } from '../api-client.ts';
import {
  submitNote,
  submitTransition,
  type ActionReceipt,
  type TransitionName,
} from '../incident-actions.ts';
import type { CommandContext } from '../services.ts';
import type { Terminal } from '../terminal.ts';
import { visibleJson } from '../visible-json.ts';

interface ActionFlags {
  readonly to?: string;
  readonly as?: string;
  readonly json?: boolean;
  readonly reason?: string;
  readonly verdict?: Verdict;
  readonly ifVersion?: number;
}

const DESCRIPTIONS: readonly (readonly [TransitionName, string])[] = [
  ['acknowledge', 'say that somebody has seen it'],
  ['start', 'begin to investigate'],
  ['hold', 'wait for something'],
  ['resolve', 'say that it is dealt with; a new finding soon after reopens it'],
  ['close', 'end it with a verdict'],
  ['reopen', 'take a resolved or closed one up again'],
];

/** Everything that changes an incident; each goes through the API of a running server. */
export function addIncidentActions(incidents: Command, context: CommandContext): void {
  for (const [name, description] of DESCRIPTIONS) {
    const command = incidents
      .command(name)
      .description(description)
      .argument('<incident>', 'number, name or id')
      .option('--reason <text>', 'why, for the audit')
      .option('--if-version <number>', 'refuse if it was changed since this version', parseVersion);
    const verdict = new Option('--verdict <verdict>', 'what it was').choices(VERDICTS);
    if (name === 'close') command.addOption(verdict.makeOptionMandatory());
    if (name === 'resolve') command.addOption(verdict);
    addCommonOptions(command).action(async (incident: string, flags: ActionFlags) => {
      const { terminal } = context;
      const receipt = await submitTransition(clientOf(flags, terminal), {
        transition: name,
        incident,
        actor: actorOf(flags, terminal),
        verdict: flags.verdict ?? null,
        reason: flags.reason ?? null,
        ifVersion: flags.ifVersion ?? null,
      });
      printReceipt(receipt, flags, terminal);
    });
  }
  addNoteCommand(incidents, context);
}

function addNoteCommand(incidents: Command, { terminal }: CommandContext): void {
  const command = incidents
    .command('note')
    .description('add a note')
    .argument('<incident>', 'number, name or id')
    .argument('<text>', 'the note');
  addCommonOptions(command).action(async (incident: string, text: string, flags: ActionFlags) => {
    const actor = actorOf(flags, terminal);
    printReceipt(
      await submitNote(clientOf(flags, terminal), { incident, text, actor }),
      flags,
      terminal,
    );
  });
}

const addCommonOptions = (command: Command): Command =>
  command
    .option('--to <url>', 'address of the server')
    .option('--as <name>', 'who does it, for the audit (default: the login name)')
    .option('--json', 'print the receipt as JSON');

function parseVersion(text: string): number {
  const version = Number(text);
  if (!Number.isInteger(version) || version < 1) {
    throw new InvalidArgumentError('It must be a whole number from 1.');
  }
  return version;
}

const clientOf = (flags: ActionFlags, terminal: Terminal) =>
  createApiClient(serverUrl(flags.to, terminal), terminal);

function actorOf(flags: ActionFlags, { environment }: Terminal): string | null {
  return flags.as ?? environment['USER'] ?? environment['USERNAME'] ?? null;
}

function printReceipt(receipt: ActionReceipt, flags: ActionFlags, terminal: Terminal): void {
  if (flags.json === true) {
    terminal.print(visibleJson(receipt));
    return;
  }
  const held =
    receipt.heldEvents === 0
      ? ''
      : ` ${receipt.heldEvents} events of it were still held and may follow.`;
  // The state stands in front already; the server's own sentence would only say it again.
  const isRepeated = receipt.detail === `The incident is now ${receipt.state ?? ''}.`;
  const detail = receipt.detail === '' || isRepeated ? '' : ` ${visibleText(receipt.detail)}`;
  terminal.print(`${receipt.name} is ${receipt.state ?? 'unchanged'}.${detail}${held}`);
}
