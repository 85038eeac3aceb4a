import type { Finding } from '../model/finding.ts';
import type { LiveIncident } from './live-incident.ts';
import { levelRank } from '../model/level.ts';
import { stableId } from '../lib/stable-id.ts';
import { DISTINCT_MAX } from './live-incident.ts';

/** Longer texts are remembered by their hash, so that an attacker's long paths take no memory. */
const PLAIN_TEXT_MAX = 96;

const remembered = (text: string): string =>
  text.length > PLAIN_TEXT_MAX ? stableId([text]) : text;

const isNew = (known: ReadonlySet<string>, text: string): boolean =>
  known.size < DISTINCT_MAX && !known.has(remembered(text));

export function bringsTactic(incident: LiveIncident, finding: Finding): boolean {
  if (incident.tactics.length >= DISTINCT_MAX) return false;
  for (const tactic of finding.tactics) if (!incident.tactics.includes(tactic)) return true;
  return false;
}

/**
 * Does the finding raise the level or show a tactic, program or file the incident has not seen yet?
 * Such findings are always kept as evidence, and they reopen what was resolved before they came.
 * A compacted incident has forgotten its programs and files; for it they are no news.
 */
export function bringsNews(incident: LiveIncident, finding: Finding): boolean {
  if (levelRank(finding.level) > levelRank(incident.lead.level)) return true;
  if (bringsTactic(incident, finding)) return true;
  const { details } = incident;
  if (details === null) return false;
  const binary = finding.process?.binary ?? '';
  if (binary !== '' && isNew(details.binaries, binary)) return true;
  return finding.file !== null && isNew(details.files, finding.file);
}

/** Notes the finding's program and file as seen. */
export function noteSeen(incident: LiveIncident, finding: Finding): void {
  const { details } = incident;
  if (details === null) return;
  const binary = finding.process?.binary ?? '';
  if (binary !== '' && isNew(details.binaries, binary)) details.binaries.add(remembered(binary));
  if (finding.file !== null && isNew(details.files, finding.file)) {
    details.files.add(remembered(finding.file));
  }
}
