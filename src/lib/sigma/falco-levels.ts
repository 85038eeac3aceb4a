import type { RuleFile } from '../../model/observation.ts';
import type { Level } from '../../model/level.ts';
import { attackOfTags, normalizeTactic, type Attack } from './attack-tags.ts';
import { readLevel, textList } from './rule-document.ts';
import { refuse, RuleError, type RuleProblem } from './rule-error.ts';
import {
  isYamlMap,
  readYamlDocuments,
  yamlGet,
  type Yaml,
  type YamlMap,
} from './yaml-documents.ts';

/** What is better known about a Falco rule than its priority tells. */
export interface FalcoLevel {
  readonly level: Level;
  /** Added to the tactics and techniques of the alert's own tags. */
  readonly attack: Attack;
  readonly runbook: readonly string[];
}

const FILE_NAME = 'falco-levels.yml';
const KEYS = new Set(['level', 'tactics', 'techniques', 'runbook']);

export const isFalcoLevels = (path: string): boolean =>
  path === FILE_NAME || path.endsWith(`/${FILE_NAME}`);

/** Reads `rule name: level` or `rule name: {level, tactics, techniques, runbook}` into `levels`. */
export function readFalcoLevels(
  file: RuleFile,
  levels: Map<string, FalcoLevel>,
): readonly RuleProblem[] {
  return readYamlDocuments(file.text).flatMap(({ content, error }) => {
    if (content !== null) return readEntries(file.path, content, levels);
    return [{ path: file.path, ruleTitle: FILE_NAME, message: error ?? 'unreadable' }];
  });
}

function readEntries(
  path: string,
  content: YamlMap,
  levels: Map<string, FalcoLevel>,
): readonly RuleProblem[] {
  const problems: RuleProblem[] = [];
  for (const [name, value] of Object.entries(content)) {
    try {
      levels.set(name, readEntry(value));
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      problems.push({ path, ruleTitle: name, message: error.message });
    }
  }
  return problems;
}

function readEntry(value: Yaml): FalcoLevel {
  if (!isYamlMap(value))
    return { level: readRequired(value), attack: attackOfTags([]), runbook: [] };
  const odd = Object.keys(value).find((key) => !KEYS.has(key));
  if (odd !== undefined) return refuse(`'${odd}' is not a known key`);
  return {
    level: readRequired(yamlGet(value, 'level')),
    attack: readAttack(value),
    runbook: textList(value, 'runbook'),
  };
}

function readRequired(value: Yaml | undefined): Level {
  return value === undefined || value === null ? refuse('level is missing') : readLevel(value);
}

function readAttack(map: YamlMap): Attack {
  const tactics = textList(map, 'tactics').map(
    (name) => normalizeTactic(name) ?? refuse(`'${name}' is no ATT&CK tactic`),
  );
  const techniques = textList(map, 'techniques');
  const attack = attackOfTags([...tactics, ...techniques]);
  return attack.techniques.length === new Set(techniques).size
    ? attack
    : refuse('techniques must look like T1059 or T1059.004');
}
