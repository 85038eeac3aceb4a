import { LEVELS, type Level } from '../../model/level.ts';
import { attackOfTags, type Attack } from './attack-tags.ts';
import { parseExtension, type RuleExtension } from './rule-extension.ts';
import { refuse } from './rule-error.ts';
import { isYamlList, yamlGet, type Yaml, type YamlMap } from './yaml-documents.ts';

/** What detections and correlations have in common. */
export interface RuleHead {
  /** Path of the file the rule came from. */
  readonly path: string;
  /** Its `id`, else its `name`, else its title: findings and incidents refer to the rule by it. */
  readonly ruleId: string;
  readonly name: string | null;
  readonly title: string;
  readonly description: string;
  readonly author: string;
  readonly status: string | null;
  readonly level: Level;
  readonly references: readonly string[];
  readonly tags: readonly string[];
  readonly falsePositives: readonly string[];
  readonly attack: Attack;
  readonly extension: RuleExtension;
}

/** Sigma leaves `level` optional; a rule without one is worth a look, but nobody's alarm. */
const LEVEL_DEFAULT: Level = 'medium';
const STATUSES = new Set(['stable', 'test', 'experimental', 'deprecated', 'unsupported']);

/** Reads the keys every rule has; refuses the rule with the key named. */
export function parseHead(path: string, map: YamlMap): RuleHead {
  const title = text(map, 'title') ?? refuse('title is missing');
  const name = text(map, 'name');
  const tags = textList(map, 'tags');
  const status = text(map, 'status');
  if (status !== null && !STATUSES.has(status)) refuse(`status '${status}' is not known`);
  return {
    path,
    ruleId: text(map, 'id') ?? name ?? title,
    name,
    title,
    description: text(map, 'description') ?? '',
    author: text(map, 'author') ?? '',
    status,
    level: readLevel(yamlGet(map, 'level')),
    references: textList(map, 'references'),
    tags,
    falsePositives: textList(map, 'falsepositives'),
    attack: attackOfTags(tags),
    extension: parseExtension(yamlGet(map, 'eyrie')),
  };
}

/** A level by its name, `medium` if the rule has none. */
export function readLevel(value: Yaml | undefined): Level {
  if (value === undefined || value === null) return LEVEL_DEFAULT;
  const level = LEVELS.find((known) => known === value);
  return level ?? refuse(`level must be one of ${LEVELS.join(', ')}`);
}

/** An optional text; numbers are taken as their text, other types refused. */
export function text(map: YamlMap, key: string): string | null {
  const value = yamlGet(map, key);
  if (value === undefined || value === null) return null;
  if (typeof value === 'object') return refuse(`${key} must be text`);
  const trimmed = String(value).trim();
  return trimmed === '' ? refuse(`${key} is empty`) : trimmed;
}

/** An optional list of texts; a single text counts as a list of one. */
export function textList(map: YamlMap, key: string): readonly string[] {
  const value = yamlGet(map, key);
  if (value === undefined || value === null) return [];
  const entries = isYamlList(value) ? value : [value];
  return entries.map((entry) =>
    entry === null || typeof entry === 'object'
      ? refuse(`${key} must be a list of text`)
      : `${entry}`,
  );
}
