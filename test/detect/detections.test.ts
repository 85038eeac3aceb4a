import { describe, expect, test } from 'vitest';
import { compileSearch } from '../../src/detect/match/compile-search.ts';
import { createFieldSlots } from '../../src/detect/match/field-slots.ts';
import { parseRuleSet, type Vocabulary } from '../../src/lib/sigma/rule-set.ts';
import { haveVectors, readVectors } from './sigma-vectors.ts';
import { jsonView, type JsonSubject } from './json-subject.ts';

interface DetectionVector {
  readonly id: string;
  readonly rule: string;
  readonly event: JsonSubject;
  readonly expect: boolean;
}

const ANYTHING: Vocabulary = { classOfLogsource: () => 0, hasField: () => true };

/** Whether a rule matches, or the reason why it was not loaded. */
function judge(rule: string, event: JsonSubject): boolean | string {
  const { detections, problems } = parseRuleSet([{ path: 'vector.yml', text: rule }], ANYTHING);
  const [document] = detections;
  if (document === undefined || problems.length > 0) {
    return problems[0]?.message ?? 'there is no rule';
  }
  const slots = createFieldSlots();
  const matches = compileSearch(document.search, slots);
  return matches(jsonView(slots.fields, event));
}

const NOT_YET = /is not supported|not supported yet/;

describe('vectors', () => {
  const vectors = readVectors<DetectionVector>('detections');
  const judged = vectors.map((vector) => ({ vector, answer: judge(vector.rule, vector.event) }));

  test('most are within what is supported', () => {
    const supported = judged.filter(({ answer }) => typeof answer === 'boolean');
    expect(supported.length).toBeGreaterThanOrEqual(haveVectors ? 160 : 0);
  });

  test('what is refused is refused as not supported', () => {
    const odd = judged.filter(({ answer }) => typeof answer === 'string' && !NOT_YET.test(answer));
    expect(odd.map(({ vector, answer }) => [vector.id, answer])).toEqual([]);
  });

  test('every supported one is judged as it should', () => {
    const wrong = judged.filter(
      ({ vector, answer }) => typeof answer === 'boolean' && answer !== vector.expect,
    );
    expect(wrong.map(({ vector }) => vector.id)).toEqual([]);
  });

  test('rules that must not load do not load', () => {
    const loaded = readVectors<{ id: string; rule: string }>('rejects').filter(
      ({ rule }) => typeof judge(rule, {}) === 'boolean',
    );
    expect(loaded.map(({ id }) => id)).toEqual([]);
  });
});

const ruleOf = (detection: string): string =>
  `title: t\nlogsource: {category: test}\ndetection:\n${detection}`;

describe('semantics', () => {
  test.each<[string, string, JsonSubject, boolean]>([
    ['the whole value counts', `  s: {f: ab}\n  condition: s`, { f: 'abc' }, false],
    ['case does not count', `  s: {f: AB}\n  condition: s`, { f: 'ab' }, true],
    ['case counts with cased', `  s: {f|cased: AB}\n  condition: s`, { f: 'ab' }, false],
    ['? is one code point', `  s: {f: 'a?b'}\n  condition: s`, { f: 'a\u{1F600}b' }, true],
    ['* takes nothing too', `  s: {f: 'a*b'}\n  condition: s`, { f: 'ab' }, true],
    ['an escaped star is a star', `  s: {f: 'a\\*'}\n  condition: s`, { f: 'ab' }, false],
    ['a lone backslash stands for itself', `  s: {f: 'a\\b'}\n  condition: s`, { f: 'a\\b' }, true],
    ['a number equals its text', `  s: {f: 22}\n  condition: s`, { f: '22' }, true],
    ['a text equals its number', `  s: {f: '22'}\n  condition: s`, { f: 22 }, true],
    [
      'a large number keeps its digits',
      `  s: {f: 18446613424241941248}\n  condition: s`,
      { f: '18446613424241941248' },
      true,
    ],
    ['null matches an absent field', `  s: {f: null}\n  condition: s`, {}, true],
    ['null does not match an empty text', `  s: {f: null}\n  condition: s`, { f: '' }, false],
    ['an empty text matches an empty text', `  s: {f: ''}\n  condition: s`, { f: '' }, true],
    ['exists sees null', `  s: {f|exists: true}\n  condition: s`, { f: null }, true],
    ['any element of a list will do', `  s: {f: b}\n  condition: s`, { f: ['a', 'b'] }, true],
    [
      'all is asked of each value',
      `  s: {f|contains|all: [a, z]}\n  condition: s`,
      { f: 'abc' },
      false,
    ],
    [
      'and binds tighter than or',
      `  a: {f: 1}\n  b: {f: 2}\n  c: {f: 3}\n  condition: a or b and c`,
      { f: 1 },
      true,
    ],
    [
      'not binds tightest',
      `  a: {f: 1}\n  b: {f: 2}\n  condition: not a and not b`,
      { f: 3 },
      true,
    ],
    ['a condition list is an or', `  a: {f: 1}\n  b: {f: 2}\n  condition: [a, b]`, { f: 2 }, true],
    ['1 of nothing is false', `  a: {f: 1}\n  condition: a or 1 of x*`, { f: 2 }, false],
    ['a regex searches', `  s: {f|re: 'b.d'}\n  condition: s`, { f: 'abcde' }, true],
    ['a regex sees case', `  s: {f|re: B}\n  condition: s`, { f: 'abc' }, false],
    ['leading flags are read', `  s: {f|re: '(?i)B'}\n  condition: s`, { f: 'abc' }, true],
    [
      'an IPv4 inside IPv6 is IPv4',
      `  s: {f|cidr: 10.0.0.0/8}\n  condition: s`,
      { f: '::ffff:10.1.2.3' },
      true,
    ],
    ['no address is in no block', `  s: {f|cidr: 0.0.0.0/0}\n  condition: s`, { f: 'host' }, false],
    [
      'every address is in the widest block',
      `  s: {f|cidr: 0.0.0.0/0}\n  condition: s`,
      { f: '203.0.113.9' },
      true,
    ],
    [
      'a keyword is a part of any text',
      `  s: [ecurit]\n  condition: s`,
      { x: { y: 'Security' } },
      true,
    ],
    [
      'a selection may be called nothing',
      `  nothing: {f: 1}\n  condition: nothing`,
      { f: 1 },
      true,
    ],
  ])('%s', (...[, detection, event, expected]) => {
    expect(judge(ruleOf(detection), event)).toBe(expected);
  });
});

describe('what is refused, and how it is said', () => {
  test.each([
    [
      'an unknown modifier',
      `  s: {f|windash: a}\n  condition: s`,
      "field f: modifier 'windash' is not supported",
    ],
    ['upper-case operators', `  s: {f: a}\n  condition: s AND s`, "write 'AND' in lower case"],
    ['an aggregation', `  s: {f: a}\n  condition: s | count() > 5`, 'Sigma 1'],
    ['an unknown selection', `  s: {f: a}\n  condition: t`, "names 't', which is no selection"],
    ['all of nothing', `  s: {f: a}\n  condition: all of x*`, 'finds no selection'],
    ['2 of', `  s: {f: a}\n  condition: 2 of s*`, "'2 of' is not known"],
    ['null among values', `  s: {f: [a, null]}\n  condition: s`, 'null among other values'],
    ['host bits', `  s: {f|cidr: 10.1.0.0/8}\n  condition: s`, 'bits set behind its prefix'],
    ['lookahead', `  s: {f|re: 'a(?=b)'}\n  condition: s`, 'lookaround'],
    ['a backreference', `  s: {f|re: '(a)\\1'}\n  condition: s`, 'backreference'],
    ['nested repetitions', `  s: {f|re: '(a+)+b'}\n  condition: s`, 'repeats without bound'],
    ['repeated alternatives', `  s: {f|re: '(a|a)*b'}\n  condition: s`, 'repeats without bound'],
    ['neighbors that overlap', `  s: {f|re: '\\w+\\d*x'}\n  condition: s`, 'next to each other'],
    ['neighbors in groups', `  s: {f|re: '(?:xa*)(?:a*y)'}\n  condition: s`, 'next to each other'],
    [
      'a repeated group that meets itself',
      `  s: {f|re: '(?:a+b?){2,5}'}\n  condition: s`,
      'next to each other',
    ],
    ['too many', `  s: {f|re: 'a+b+c+d+'}\n  condition: s`, 'more than 3'],
    ['exists with another', `  s: {f|exists|all: true}\n  condition: s`, 'stands alone'],
    ['nested maps', `  s: {f: {g: a}}\n  condition: s`, 'nested maps'],
    ['an empty list', `  s: {f: []}\n  condition: s`, 'empty list'],
    ['timeframe', `  s: {f: a}\n  timeframe: 5m\n  condition: s`, 'Sigma 1'],
  ])('%s', (_, detection, message) => {
    expect(judge(ruleOf(detection), {})).toContain(message);
  });

  test('neighbors that can not meet are fine', () => {
    expect(judge(ruleOf(`  s: {f|re: '\\w+\\s*='}\n  condition: s`), { f: 'a =' })).toBe(true);
  });

  test('a broken rule does not stop its neighbors, in one file or in another', () => {
    const good = ruleOf(`  s: {f: a}\n  condition: s`);
    const { detections, problems } = parseRuleSet(
      [
        { path: 'b.yml', text: `${good}\n---\ntitle: [\n---\ntitle: third\n` },
        { path: 'a.yml', text: good.replace('title: t', 'title: other') },
      ],
      ANYTHING,
    );
    expect(detections.map(({ title }) => title)).toEqual(['other', 't']);
    expect(problems.length).toBeGreaterThanOrEqual(1);
    expect(problems.every(({ path }) => path === 'b.yml')).toBe(true);
  });

  test('an unknown key of the eyrie map is named', () => {
    const rule = `${ruleOf(`  s: {f: a}\n  condition: s`)}\neyrie: {supress: 5m}\n`;
    expect(judge(rule, {})).toContain("'supress' is not a known key");
  });

  test('a logsource and a field that no sensor has are named', () => {
    const text = ruleOf(`  s: {Imge: a}\n  condition: s`);
    const [logsource] = parseRuleSet([{ path: 'a.yml', text }]).problems;
    expect(logsource?.message).toContain("category 'test'");
    const linux = text.replace('category: test', 'category: process_creation');
    const [field] = parseRuleSet([{ path: 'a.yml', text: linux }]).problems;
    expect(field).toEqual({
      path: 'a.yml',
      ruleTitle: 't',
      message: "no sensor here has a field 'Imge'",
    });
  });
});
