import { expect, test } from 'vitest';
import { gravestRunbook } from '../../src/cli/incident-story.ts';

test('the questions shown are those of the most severe finding, of those the earliest', () => {
  const findings = [
    { level: 'high', runbook: ['high'] },
    { level: 'critical', runbook: [] },
    { level: 'critical', runbook: ['first'] },
    { level: 'critical', runbook: ['second'] },
  ] as const;
  expect(gravestRunbook(findings)).toEqual(['first']);
  expect(gravestRunbook(findings.slice(0, 2))).toEqual(['high']);
  expect(gravestRunbook([])).toEqual([]);
});
