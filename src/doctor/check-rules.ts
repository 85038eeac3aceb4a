import type { ArrivalsReport, BlindRule } from './arrivals-report.ts';
import { type Check, counted, ok, warn } from './check.ts';

const POLICIES_FOLDER = 'docs/deploy/tetragon';

/** Where events of a class come from, for rules that name no policy. */
const CLASS_ADVICE: ReadonlyMap<string, string> = new Map([
  [
    'process_creation',
    "No process creation came: Tetragon's exec events, or Falco alerts about execve.",
  ],
  [
    'file_event',
    `No event about a file came: apply a TracingPolicy of ${POLICIES_FOLDER} that hooks files.`,
  ],
  [
    'network_connection',
    `No connection came: apply a TracingPolicy of ${POLICIES_FOLDER} that hooks connections.`,
  ],
]);

/** Rules that can not match, because what they ask for never comes. */
export function checkRules({ rules, sensors }: ArrivalsReport): readonly Check[] {
  const { blind, total } = rules;
  if (sensors.length === 0) return [];
  if (blind.length === 0) {
    return [ok('rules-see', `All of ${counted(total, 'rule')} are shown events they can match.`)];
  }
  const sentence = `${blind.length} of ${counted(total, 'rule')} can match nothing of what came so far.`;
  return [warn('rules-blind', sentence, { advice: adviceOf(blind) })];
}

function adviceOf(blind: readonly BlindRule[]): readonly string[] {
  const policies = [...new Set(blind.flatMap((rule) => rule.policies))].toSorted();
  const unnamed = blind.filter((rule) => rule.policies.length === 0 && rule.reason === 'no-events');
  const classes = new Set(unnamed.flatMap((rule) => rule.missing));
  return [
    ...(policies.length === 0
      ? []
      : [`Apply the TracingPolicy they name: ${policies.join(', ')} (${POLICIES_FOLDER}).`]),
    ...[...classes].flatMap((name) => CLASS_ADVICE.get(name) ?? []),
  ];
}
