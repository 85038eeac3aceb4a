import { describe, expect, test } from 'vitest';
import { plainPainter } from '../../../src/cli/render/level-paint.ts';
import { type ReportedEntry, timelineLines } from '../../../src/cli/render/story-timeline.ts';

const MICROS = Date.UTC(2026, 4, 28, 20, 26, 1) * 1000;
const [SURVIVOR, TAKEN] = ['a'.repeat(32), 'b'.repeat(32)];
const RULE = '0b9c1c5e-1f0e-4c6e-9d53-1f2a3b4c5d6e';

const WORDS = {
  firstTime: MICROS,
  ruleTitles: new Map([
    [RULE, 'Shell'],
    ['r2', 'Web server starts a shell'],
    ['falco/Terminal', 'Terminal'],
  ]),
  incidentNames: new Map([[TAKEN, 'INC-3']]),
  sentenceCharsMax: 1000,
  painter: plainPainter,
};

const finding = (ruleId: string, sentence: string): ReportedEntry => {
  return { at: MICROS, kind: 'finding', level: 'high', ruleId, sentence, count: 1 };
};

const change = (sentence: string): ReportedEntry => {
  return { at: MICROS, kind: 'change', level: null, ruleId: null, sentence, count: 1 };
};

const told = (...timeline: readonly ReportedEntry[]): readonly string[] =>
  timelineLines(timeline, WORDS)
    .slice(1)
    .map((line) => line.slice(31));

describe('findings', () => {
  test('name their rules, and one deed that several rules found is one line', () => {
    expect(
      told(
        finding(RULE, 'sh ran'),
        finding('r2', 'id ran'),
        finding('r2', 'sh ran'),
        finding(RULE, 'id ran'),
        finding(RULE, 'id ran'),
        finding('unknown', 'ls ran'),
      ),
    ).toEqual([
      'sh ran  [Shell; Web server starts a shell]',
      'id ran  [Web server starts a shell; Shell (2 times)]',
      'ls ran  [unknown]',
    ]);
  });

  test('do not name a rule that their sentence quotes', () => {
    const sentence = `sh set off Falco's rule "Terminal" in web`;
    expect(told(finding('falco/Terminal', sentence))).toEqual([sentence]);
  });
});

describe('changes', () => {
  test('name incidents and rules as people know them', () => {
    const events = `events ${'c'.repeat(32)} and ${'d'.repeat(32)}`;
    expect(
      told(
        change(`Took in ${TAKEN}, ${SURVIVOR}: "Shell" (${RULE}) connects ${events}. sh ran`),
        change(`Linked with incident ${TAKEN}, because "T" (falco/T) found evidence in both: x`),
        change(`Merged into incident ${SURVIVOR}: "Shell" (r9) connects event ${TAKEN}. x`),
      ),
    ).toEqual([
      'Took in INC-3, aaaaaaaa: "Shell" connects events cccccccc and dddddddd. sh ran',
      'Linked with INC-3, because "T" found evidence in both: x',
      'Merged into incident aaaaaaaa: "Shell" (r9) connects event INC-3. x',
    ]);
  });

  test('leave what an event says alone', () => {
    const sentence = `Opened by "Shell" (r9): cat /tmp/${SURVIVOR} (${RULE}) ran`;
    expect(told(change(sentence))).toEqual([sentence]);
  });
});

test('sentences are cut only as far as asked', () => {
  const long = finding(RULE, 'x'.repeat(300));
  expect(told(long)[0]).toContain('x'.repeat(300));
  expect(timelineLines([long], { ...WORDS, sentenceCharsMax: 10 })[1]).toContain('xxxxxxxxx…  [');
});
