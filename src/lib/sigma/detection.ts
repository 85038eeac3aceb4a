import { parseCondition } from './condition.ts';
import { refuse } from './rule-error.ts';
import { joinSearches, type Search } from './search.ts';
import { parseValueTests } from './value-test.ts';
import { isYamlList, isYamlMap, yamlGet, type Yaml, type YamlMap } from './yaml-documents.ts';

/** Reads the `detection` map of a rule. Refuses the rule with the place named. */
export function parseDetection(detection: YamlMap): Search {
  const selections = new Map<string, Search>();
  for (const [name, value] of Object.entries(detection)) {
    if (name === 'condition') continue;
    if (name === 'timeframe') refuse("'timeframe' is Sigma 1; write a correlation");
    selections.set(name, parseSelection(name, value));
  }
  if (selections.size === 0) refuse('detection has no selection');
  const condition = yamlGet(detection, 'condition');
  const texts = isYamlList(condition) ? condition : [condition];
  const items = texts.map((text) =>
    typeof text === 'string'
      ? parseCondition(text, selections)
      : refuse('detection needs a condition as text'),
  );
  return joinSearches('or', items);
}

function parseSelection(name: string, value: Yaml): Search {
  if (isYamlMap(value)) return parseFields(value);
  if (!isYamlList(value)) return keywords([], value);
  if (value.length === 0) return refuse(`selection '${name}' is an empty list`);
  const maps = value.filter(isYamlMap).map(parseFields);
  const words = value.filter((entry) => !isYamlMap(entry));
  return joinSearches('or', words.length === 0 ? maps : [...maps, keywords([], words)]);
}

function parseFields(map: YamlMap): Search {
  const entries = Object.entries(map);
  if (entries.length === 0) return refuse('a selection is an empty map');
  return joinSearches(
    'and',
    entries.map(([key, value]) => {
      const [field = '', ...modifiers] = key.split('|');
      if (field === '') return keywords(modifiers, value);
      return { op: 'field', field, values: parseValueTests(field, modifiers, value) };
    }),
  );
}

function keywords(modifiers: readonly string[], value: Yaml): Search {
  const values = parseValueTests('', modifiers, value);
  const odd = values.tests.find((test) => test.kind !== 'pattern' && test.kind !== 'regex');
  if (odd !== undefined) return refuse(`a keyword can not be ${odd.kind}`);
  return { op: 'keywords', values };
}
