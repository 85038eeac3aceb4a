import { expect, test } from 'vitest';
import { CorrelationEngine } from '../../src/correlate/correlation-engine.ts';
import { compileSearch } from '../../src/detect/match/compile-search.ts';
import { createFieldSlots } from '../../src/detect/match/field-slots.ts';
import { jsonView, readJson, type JsonSubject } from '../detect/json-subject.ts';
import { haveVectors, readVectors } from '../detect/sigma-vectors.ts';
import { arrivalOf } from './base-finding.ts';
import { parseAnything } from './engine-of.ts';

interface CorrelationVector {
  readonly id: string;
  readonly rules: string;
  readonly rule_under_test: string;
  readonly timeline: readonly { readonly t: number; readonly event: JsonSubject }[];
  readonly expect: { readonly at: { readonly rising_edge: readonly number[] } };
}

/** Places in the timeline at which the rule under test matched; a text when it was not loaded. */
function run(vector: CorrelationVector): number[] | string {
  const ruleSet = parseAnything(vector.rules);
  const [problem] = ruleSet.problems;
  if (problem !== undefined) return problem.message;
  const slots = createFieldSlots();
  const rules = ruleSet.detections.map((document) => ({
    ruleId: document.ruleId,
    matches: compileSearch(document.search, slots),
  }));
  const engine = new CorrelationEngine();
  engine.load(ruleSet.correlations);
  return vector.timeline.flatMap(({ t, event }, index) => {
    const view = jsonView(slots.fields, event);
    const matched = rules.filter(({ matches }) => matches(view)).map(({ ruleId }) => ruleId);
    const found = engine.accept({
      ...arrivalOf({ id: `${index}`, seconds: t, rules: matched }),
      facts: { cluster: 'default', read: (field) => readJson(event, field) },
    });
    return found.some(({ title }) => title === vector.rule_under_test) ? [index] : [];
  });
}

const vectors = readVectors<CorrelationVector>('correlations');

test('all but extended conditions are supported', () => {
  const refused = vectors.filter((vector) => typeof run(vector) === 'string');
  expect(refused.map(({ id }) => id)).toEqual(haveVectors ? ['tx-and'] : []);
});

test.each(
  (haveVectors ? vectors : [])
    .map((vector) => [vector.id, vector, run(vector)] as const)
    .filter(([, , answer]) => typeof answer !== 'string'),
)('%s', (_, vector, answer) => {
  expect(answer).toEqual(vector.expect.at.rising_edge);
});
