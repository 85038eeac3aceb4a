import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { ReplayResult } from '../../app.ts';
import type { Ledger } from '../../store/ports.ts';
import { CliFailure } from '../cli-failure.ts';
import { compareGolden, toGolden } from '../compare-golden.ts';
import { EXIT } from '../exit-codes.ts';
import { rowOfReplayed } from '../incident-rows.ts';
import { createProgressBar } from '../progress-bar.ts';
import { gapLines } from '../render/gap-lines.ts';
import { renderIncidentTable } from '../render/incident-table.ts';
import { toReplayDocument, type ReplayDocument } from '../replay-document.ts';
import { loadSettings } from '../settings.ts';
import type { CommandContext, CommonFlags } from '../services.ts';
import { withTemporaryFolder } from '../temporary-folder.ts';
import { visibleJson } from '../visible-json.ts';
import { collect } from './collect.ts';

interface ReplayFlags extends CommonFlags {
  readonly pods?: readonly string[];
  readonly expect?: string;
}

const EXAMPLES = `
Without --db the events go through a temporary database that is deleted at the end.
Several files are merged record by record by event time.

Examples:
  npx eyrie replay tetragon.log falco.json --pods pods.json
  zcat tetragon-*.log.gz | npx eyrie replay - --json
  npx eyrie replay input.ndjson --expect expected.json
  EYRIE_UPDATE_GOLDEN=1 eyrie replay input.ndjson --expect expected.json    rewrites the file`;

const NOTHING_ACCEPTED =
  'eyrie: nothing was accepted: no record is an event that Falco or Tetragon writes as JSON.';

/** `eyrie replay`: what would have been raised, from recorded files. */
export function addReplayCommand(program: Command, context: CommandContext): void {
  program
    .command('replay')
    .description('raise incidents from recorded events')
    .argument('<files...>', 'event files, plain or gzip; - reads standard input')
    .option('--pods <dump>', 'pod dump of "kubectl get pods -A -o json"; may be repeated', collect)
    .option('--rules <folder>', 'folder with rules (default: those that come with Eyrie)')
    .option(
      '--db <file>',
      'database file that the events and incidents are added to; the ledger\nand the incidents printed are then those of the whole database',
    )
    .option('--config <file>', 'configuration file (default eyrie.yaml, if it is there)')
    .option('--expect <file>', 'compare with this file and end with 1 if they differ')
    .option('--json', 'print one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(async (files: readonly string[], flags: ReplayFlags) => replay(files, flags, context));
}

async function replay(
  files: readonly string[],
  flags: ReplayFlags,
  context: CommandContext,
): Promise<void> {
  const result =
    flags.db === undefined
      ? await withTemporaryFolder(async (folder) =>
          run(files, { ...flags, db: join(folder, 'replay.sqlite') }, context),
        )
      : await run(files, flags, context);
  const document = toReplayDocument(result);
  const { accepted, duplicate } = document.events;
  if (accepted + duplicate === 0) context.terminal.note(NOTHING_ACCEPTED);
  if (flags.json === true) context.terminal.print(visibleJson(document));
  else if (flags.expect === undefined) {
    context.terminal.print(summary(document, context));
    if (result.coverage.length > 0) context.terminal.print(gapText(result, context));
  }
  if (flags.expect !== undefined) await checkExpectation(flags.expect, document, context);
}

async function run(
  files: readonly string[],
  flags: ReplayFlags,
  { services, terminal }: CommandContext,
): Promise<ReplayResult> {
  const { pods: podDumps = [], config, rules, db } = flags;
  const bar = createProgressBar(terminal, 'Replaying');
  try {
    return await services.replayFiles({
      config: loadSettings({ config, rules, db }, terminal),
      podDumps,
      log: services.createLog('warn'),
      files,
      onProgress: (progress) => bar.update(progress),
    });
  } finally {
    bar.stop();
  }
}

function summary(document: ReplayDocument, { terminal }: CommandContext): string {
  const { columns } = terminal;
  const painter = terminal.paint;
  const rows = document.incidents.map(rowOfReplayed);
  return `${renderIncidentTable(rows, { columns, painter })}\n${ledgerText(document.events)}`;
}

function gapText({ coverage }: ReplayResult, { terminal }: CommandContext): string {
  const title = terminal.paint('What may be missing', 'bold');
  return ['', title, ...gapLines(coverage, Number.MAX_SAFE_INTEGER)].join('\n');
}

/** The ledger as one line. */
export const ledgerText = (events: Ledger): string =>
  `${events.received} events: ${events.accepted} accepted, ${events.duplicate} duplicate, ` +
  `${events.rejected} rejected, ${events.skipped} skipped, ${events.late} late`;

async function checkExpectation(
  file: string,
  document: ReplayDocument,
  context: CommandContext,
): Promise<void> {
  const { terminal } = context;
  if (terminal.environment['EYRIE_UPDATE_GOLDEN'] === '1') {
    await writeFile(file, `${visibleJson(toGolden(document))}\n`);
    terminal.note(`${file} was written anew.`);
    return;
  }
  const lines = compareGolden(await readGolden(file), document);
  if (lines.length === 0) {
    terminal.note(`As expected in ${file}: ${document.incidents.length} incidents.`);
    return;
  }
  context.setExitCode(EXIT.failed);
  terminal.note(`Not as expected in ${file} (- expected, + found):\n${lines.join('\n')}`);
}

async function readGolden(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8');
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new CliFailure(EXIT.badData, `${file} is no JSON.`, { cause: error });
  }
}
