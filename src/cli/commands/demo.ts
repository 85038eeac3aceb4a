import { existsSync } from 'node:fs';
import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { ReplayIncident, ReplayResult } from '../../app.ts';
import { levelRank } from '../../model/level.ts';
import { CliFailure } from '../cli-failure.ts';
import { EXIT } from '../exit-codes.ts';
import { rowOfReplayed } from '../incident-rows.ts';
import { readStory } from '../incident-story.ts';
import { createProgressBar } from '../progress-bar.ts';
import { renderIncidentReport } from '../render/incident-report.ts';
import { renderIncidentTable } from '../render/incident-table.ts';
import { toReplayDocument } from '../replay-document.ts';
import { loadSettings } from '../settings.ts';
import type { CommandContext, CommonFlags } from '../services.ts';
import { visibleJson } from '../visible-json.ts';
import { ledgerText } from './replay.ts';

const EXAMPLES = `
Examples:
  npx eyrie demo
  npx eyrie demo --db demo.sqlite && npx eyrie incidents show 1 --db demo.sqlite`;

/** `eyrie demo`: the recorded attacks that come with Eyrie, and what it makes of them. */
export function addDemoCommand(program: Command, context: CommandContext): void {
  program
    .command('demo')
    .description('replay the recorded attacks that come with Eyrie')
    .option('--db <file>', 'new database file (default: one in the folder for temporary files)')
    .option('--rules <folder>', 'folder with rules (default: those that come with Eyrie)')
    .option('--config <file>', 'configuration file (default eyrie.yaml, if it is there)')
    .option('--json', 'print one JSON document, as replay does')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: CommonFlags) => demo(flags, context));
}

interface Scenarios {
  readonly names: readonly string[];
  readonly files: readonly string[];
  readonly podDumps: readonly string[];
}

async function findScenarios(root: string): Promise<Scenarios> {
  const folder = join(root, 'fixtures', 'scenarios');
  const entries = existsSync(folder) ? await readdir(folder, { withFileTypes: true }) : [];
  const names = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .filter((name) => existsSync(join(folder, name, 'input.ndjson')))
    .toSorted();
  if (names.length === 0) throw new CliFailure(EXIT.badData, `${folder}: there are no scenarios`);
  return {
    names,
    files: names.map((name) => join(folder, name, 'input.ndjson')),
    podDumps: names.map((name) => join(folder, name, 'pods.json')).filter(existsSync),
  };
}

async function demo(flags: CommonFlags, context: CommandContext): Promise<void> {
  const { terminal, services } = context;
  const scenarios = await findScenarios(services.root);
  // The file stays, so that it can be looked into afterwards.
  const db = flags.db ?? join(await mkdtemp(join(tmpdir(), 'eyrie-demo-')), 'demo.sqlite');
  if (existsSync(db)) {
    throw new CliFailure(EXIT.usage, `${db} is there already; the demo wants a new file.`);
  }
  const result = await replayScenarios(scenarios, { ...flags, db }, context);
  if (flags.json === true) {
    terminal.print(visibleJson(toReplayDocument(result)));
    return;
  }
  terminal.print(`Replayed ${scenarios.names.length} scenarios: ${scenarios.names.join(', ')}`);
  terminal.print(ledgerText(result.events));
  terminal.print('');
  const rows = toReplayDocument(result).incidents.map(rowOfReplayed);
  terminal.print(renderIncidentTable(rows, { columns: terminal.columns, painter: terminal.paint }));
  await printGravest(result, context);
  terminal.print(`\nThe database is ${result.dbFile}. Look further with:`);
  terminal.print(`  npx eyrie incidents list --db ${result.dbFile}`);
}

async function replayScenarios(
  scenarios: Scenarios,
  flags: CommonFlags,
  { services, terminal }: CommandContext,
): Promise<ReplayResult> {
  const { config, rules, db } = flags;
  const bar = createProgressBar(terminal, 'Replaying the scenarios');
  try {
    return await services.replayFiles({
      config: loadSettings({ config, rules, db }, terminal),
      podDumps: scenarios.podDumps,
      log: services.createLog('warn'),
      files: scenarios.files,
      onProgress: (progress) => bar.update(progress),
    });
  } finally {
    bar.stop();
  }
}

/** Highest risk, then severity, then the one with most to tell. */
function gravest(incidents: readonly ReplayIncident[]): ReplayIncident | undefined {
  return incidents.toSorted(
    (a, b) =>
      b.risk - a.risk ||
      levelRank(b.severity) - levelRank(a.severity) ||
      b.tactics.length - a.tactics.length ||
      a.number - b.number,
  )[0];
}

async function printGravest(result: ReplayResult, context: CommandContext): Promise<void> {
  const { services, terminal } = context;
  const incident = gravest(result.incidents);
  if (incident === undefined) return;
  const reader = await services.openReader(result.dbFile);
  try {
    const story = await readStory(reader, incident.id);
    if (story !== null)
      terminal.print(
        `\n${renderIncidentReport(story, { painter: terminal.paint, isTerminal: terminal.isTerminal })}`,
      );
  } finally {
    await reader.close();
  }
}
