/** ATT&CK's tactics: id, short name. Short names are written with hyphens everywhere in Eyrie. */
const TACTICS: ReadonlyMap<string, string> = new Map([
  ['ta0043', 'reconnaissance'],
  ['ta0042', 'resource-development'],
  ['ta0001', 'initial-access'],
  ['ta0002', 'execution'],
  ['ta0003', 'persistence'],
  ['ta0004', 'privilege-escalation'],
  ['ta0005', 'defense-evasion'],
  ['ta0006', 'credential-access'],
  ['ta0007', 'discovery'],
  ['ta0008', 'lateral-movement'],
  ['ta0009', 'collection'],
  ['ta0011', 'command-and-control'],
  ['ta0010', 'exfiltration'],
  ['ta0040', 'impact'],
]);
const SHORT_NAMES = new Set(TACTICS.values());
const TECHNIQUE = /^t\d{4}(?:\.\d{3})?$/;

export interface Attack {
  /** Short names such as `privilege-escalation`, sorted. */
  readonly tactics: readonly string[];
  /** Such as `T1611` or `T1059.004`, sorted. */
  readonly techniques: readonly string[];
}

/** Tactics and techniques among tags of Sigma (`attack.execution`) and Falco (`mitre_execution`, `T1059`). */
export function attackOfTags(tags: readonly string[]): Attack {
  const tactics = new Set<string>();
  const techniques = new Set<string>();
  for (const tag of tags) {
    const name = tag.toLowerCase().replace(/^(?:attack\.|mitre_)/, '');
    const tactic = normalizeTactic(name);
    if (tactic !== null) tactics.add(tactic);
    else if (TECHNIQUE.test(name)) techniques.add(name.toUpperCase());
  }
  return { tactics: [...tactics].toSorted(), techniques: [...techniques].toSorted() };
}

/** The short name of a tactic given as id, with underscores or with hyphens; null if it is none. */
export function normalizeTactic(name: string): string | null {
  const key = name.trim().toLowerCase();
  const short = TACTICS.get(key) ?? key.replaceAll(/[_\s]/g, '-');
  return SHORT_NAMES.has(short) ? short : null;
}
