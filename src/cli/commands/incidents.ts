import { InvalidArgumentError, Option, type Command } from 'commander';
import { formatTime, parseTime } from '../../lib/format-time.ts';
import { parseDuration } from '../../lib/parse-duration.ts';
import { INCIDENT_STATES } from '../../model/incident.ts';
import { LEVELS, type Level } from '../../model/level.ts';
import { createApiClient, serverUrl } from '../api-client.ts';
import { CliFailure } from '../cli-failure.ts';
import { databaseIncidents } from '../database-incidents.ts';
import { EXIT } from '../exit-codes.ts';
import type { IncidentList, IncidentSource, ListQuery } from '../incident-source.ts';
import { renderIncidentReport } from '../render/incident-report.ts';
import { renderIncidentTable } from '../render/incident-table.ts';
import { serverIncidents } from '../server-incidents.ts';
import type { CommandContext } from '../services.ts';
import type { Terminal } from '../terminal.ts';
import { visibleJson } from '../visible-json.ts';
import { collect } from './collect.ts';
import { addIncidentActions } from './incident-action-commands.ts';

interface SourceFlags {
  readonly to?: string;
  readonly db?: string;
  readonly json?: boolean;
}

interface ListFlags extends SourceFlags {
  readonly state?: readonly string[];
  readonly all?: boolean;
  readonly severityMin?: Level;
  readonly namespace?: string;
  readonly from?: string;
  readonly until?: string;
  readonly order: ListQuery['orderBy'];
  readonly limit: number;
}

const LIMIT_DEFAULT = 50;

const EXAMPLES = `
Incidents are named by number (12), name (INC-12) or id. A token comes from EYRIE_TOKEN, the
address from --to, else EYRIE_URL, else ./eyrie.yaml, else http://127.0.0.1:7780. list and show can
read a database file instead (--db); what changes an incident goes through a running server.

Examples:
  npx eyrie incidents list --severity-min high
  npx eyrie incidents show INC-12
  npx eyrie incidents acknowledge 12
  npx eyrie incidents close 12 --verdict true_positive --reason "pod was replaced, token rotated"
  npx eyrie incidents list --db demo.sqlite --all --json`;

/** `eyrie incidents …`: the queue, one incident, and what analysts do with them. */
export function addIncidentsCommand(program: Command, context: CommandContext): void {
  const incidents = program
    .command('incidents')
    .description('list, show, acknowledge, resolve, close or reopen incidents')
    .addHelpText('after', EXAMPLES);
  addListCommand(incidents, context);
  addShowCommand(incidents, context);
  addIncidentActions(incidents, context);
}

function addListCommand(incidents: Command, context: CommandContext): void {
  const command = incidents
    .command('list')
    .description('open incidents, highest risk first')
    .option('--state <state>', `only these: open or ${INCIDENT_STATES.join(', ')}`, collectState)
    .option('--all', 'all states, not only open ones; --state narrows it')
    .addOption(new Option('--severity-min <level>', 'at least so severe').choices(LEVELS))
    .option('--namespace <name>', 'only of this namespace')
    .option('--from <time>', 'that end at or after this: RFC 3339, or 24h for a day ago', parseWhen)
    .option('--until <time>', 'that begin at or before this', parseWhen)
    .addOption(
      new Option('--order <by>', 'order')
        .choices(['-risk', '-last_time', 'first_time'])
        .default('-risk'),
    )
    .option('--limit <number>', 'how many at most', parseLimit, LIMIT_DEFAULT);
  addSourceOptions(command).action(async (flags: ListFlags) => list(flags, context));
}

function addShowCommand(incidents: Command, context: CommandContext): void {
  const command = incidents
    .command('show')
    .description('one incident in full: why it was raised, what happened, which processes')
    .argument('<incident>', 'number, name or id');
  addSourceOptions(command).action(async (reference: string, flags: SourceFlags) =>
    show(reference, flags, context),
  );
}

const addSourceOptions = (command: Command): Command =>
  command
    .option('--to <url>', 'address of the server')
    .option('--db <file>', 'read this database file instead')
    .option('--json', 'print JSON');

const KNOWN_STATES: ReadonlySet<string> = new Set([...INCIDENT_STATES, 'open']);

function collectState(value: string, earlier: readonly string[] = []): readonly string[] {
  if (!KNOWN_STATES.has(value)) {
    throw new InvalidArgumentError(`It must be one of ${[...KNOWN_STATES].join(', ')}.`);
  }
  return collect(value, earlier);
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000) {
    throw new InvalidArgumentError('It must be a whole number from 1 to 10000.');
  }
  return limit;
}

/** Checked here, resolved when the command runs, because `24h` counts back from then. */
function parseWhen(text: string): string {
  if (parseTime(text) !== null || parseDuration(text) !== null) return text;
  throw new InvalidArgumentError('Write a time such as 2026-11-02T06:00:00Z, or 24h, 30m, 7d.');
}

function resolveWhen(text: string | undefined, terminal: Terminal): string | null {
  if (text === undefined) return null;
  const agoMs = parseDuration(text);
  return agoMs === null ? text : formatTime(terminal.now() - agoMs * 1000);
}

async function withSource<Result>(
  flags: SourceFlags,
  { services, terminal }: CommandContext,
  work: (source: IncidentSource) => Promise<Result>,
): Promise<Result> {
  if (flags.db !== undefined && flags.to !== undefined) {
    throw new CliFailure(EXIT.usage, 'Either --to or --db, not both.');
  }
  const source =
    flags.db === undefined
      ? serverIncidents(createApiClient(serverUrl(flags.to, terminal), terminal))
      : databaseIncidents(await services.openReader(flags.db));
  try {
    return await work(source);
  } finally {
    await source.close();
  }
}

async function list(flags: ListFlags, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const query: ListQuery = {
    states: flags.state ?? (flags.all === true ? [] : ['open']),
    severityMin: flags.severityMin ?? null,
    namespace: flags.namespace ?? null,
    from: resolveWhen(flags.from, terminal),
    to: resolveWhen(flags.until, terminal),
    orderBy: flags.order,
    limit: flags.limit,
  };
  const found = await withSource(flags, context, async (source) => source.list(query));
  if (flags.json === true) {
    terminal.print(visibleJson(found.json));
    return;
  }
  const { columns, paint } = terminal;
  terminal.print(renderIncidentTable(found.rows, { columns, painter: paint }));
  for (const line of footLines(found)) terminal.note(line);
}

function footLines(found: IncidentList): string[] {
  const { heldEvents } = found;
  return [
    ...(found.hasMore ? ['There are more; raise --limit.'] : []),
    ...(heldEvents === null || heldEvents === 0
      ? []
      : [`${heldEvents} events are held; their incidents follow within seconds.`]),
  ];
}

async function show(reference: string, flags: SourceFlags, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const detail = await withSource(flags, context, async (source) => source.show(reference));
  if (detail === null) throw new CliFailure(EXIT.failed, `There is no incident "${reference}".`);
  terminal.print(
    flags.json === true
      ? visibleJson(detail.json)
      : renderIncidentReport(detail.story, {
          painter: terminal.paint,
          isTerminal: terminal.isTerminal,
        }),
  );
}
