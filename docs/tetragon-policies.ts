// Which Tetragon policies of docs/deploy/tetragon a rule needs, beside the events of processes.
import type { RuleSet } from '../src/lib/sigma/rule-set.ts';
import { isYamlMap, readYamlDocuments, yamlGet } from '../src/lib/sigma/yaml-documents.ts';
import type { RuleFile } from '../src/model/observation.ts';

/** What `logsource.definition` says of a rule: `Tetragon policy: a.yaml, b.yaml`. */
const DEFINITION = /^Tetragon policy: (\S+\.yaml(?:, \S+\.yaml)*)$/;

/** Files of policies by rule id, sorted; a correlation needs those of the rules it refers to. */
export function policiesByRule(
  files: readonly RuleFile[],
  { correlations }: RuleSet,
): ReadonlyMap<string, readonly string[]> {
  const policies = namedPolicies(files);
  // Inner correlations come before those that refer to them.
  for (const { ruleId, ruleIds } of correlations) {
    const needed = new Set(ruleIds.flatMap((inner) => policies.get(inner) ?? []));
    policies.set(ruleId, [...needed].toSorted());
  }
  return policies;
}

function namedPolicies(files: readonly RuleFile[]): Map<string, readonly string[]> {
  const policies = new Map<string, readonly string[]>();
  for (const { text } of files) {
    for (const { content } of readYamlDocuments(text)) {
      const id = content === null ? undefined : yamlGet(content, 'id');
      const logsource = content === null ? undefined : yamlGet(content, 'logsource');
      if (typeof id !== 'string' || logsource === undefined || !isYamlMap(logsource)) continue;
      policies.set(id, filesOf(yamlGet(logsource, 'definition')));
    }
  }
  return policies;
}

function filesOf(definition: unknown): readonly string[] {
  if (typeof definition !== 'string') return [];
  const [, names = ''] = DEFINITION.exec(definition) ?? [];
  return names.split(', ').filter((name) => name !== '');
}
