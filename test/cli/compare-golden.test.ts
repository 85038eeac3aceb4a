import { describe, expect, test } from 'vitest';
import { compareGolden, toGolden } from '../../src/cli/compare-golden.ts';
import { toReplayDocument } from '../../src/cli/replay-document.ts';
import { REPLAY_RESULT } from './fake-context.ts';

const document = toReplayDocument(REPLAY_RESULT);
const golden = (): {
  events: Record<string, number>;
  incidents: Record<string, unknown>[];
} => structuredClone(toGolden(document)) as ReturnType<typeof golden>;

describe('the replay document', () => {
  test('is sorted by first time, then id', () => {
    expect(document.incidents.map((incident) => incident.id)).toEqual(['aa', 'bb']);
    const [first] = document.incidents;
    const sameTime = {
      ...REPLAY_RESULT,
      incidents: ['c', 'a', 'b'].map((id) => Object.assign({}, first, { id })),
    };
    const sorted = toReplayDocument(sameTime);
    expect(sorted.incidents.map((incident) => incident.id)).toEqual(['a', 'b', 'c']);
  });

  test('holds exactly the promised keys', () => {
    const incident = document.incidents[1];
    expect(Object.keys(document)).toEqual(['events', 'incidents']);
    expect(Object.keys(incident ?? {})).toEqual(
      'id number severity risk title entity state firstTime lastTime eventCount tactics findings reasons'.split(
        ' ',
      ),
    );
    expect(Object.keys(incident?.findings[0] ?? {})).toEqual([
      'id',
      'rule',
      'time',
      'level',
      'eventIds',
    ]);
  });
});

describe('comparing with a golden file', () => {
  test('equal documents have no differences, whatever their numbers', () => {
    expect(compareGolden(golden(), document)).toEqual([]);
    const numbered = golden();
    numbered.incidents = numbered.incidents.map((incident) => ({ ...incident, number: 99 }));
    expect(compareGolden(numbered, document)).toEqual([]);
  });

  test('a golden file never holds numbers', () => {
    expect(JSON.stringify(golden())).not.toContain('"number"');
  });

  test('names the place of each difference, with both values', () => {
    const expected = golden();
    expected.events['late'] = 3;
    expected.incidents[1] = { ...expected.incidents[1], risk: 10 };
    expect(compareGolden(expected, document)).toEqual([
      '- events.late: 3',
      '+ events.late: 0',
      '- incidents[bb].risk: 10',
      '+ incidents[bb].risk: 90',
    ]);
  });

  test('tells missing and unexpected incidents, without comparing those behind them', () => {
    const expected = golden();
    expected.incidents[0] = { ...expected.incidents[0], id: 'zz' };
    expect(compareGolden(expected, document)).toEqual([
      '- incident zz is missing: low, "Noise in tools/agent", tools/agent',
      '+ incident aa was not expected: low, "Noise in tools/agent", tools/agent',
    ]);
  });

  test('sees another order and doubled incidents', () => {
    const swapped = golden();
    swapped.incidents.reverse();
    expect(compareGolden(swapped, document)).toHaveLength(1);
    const doubled = golden();
    doubled.incidents.push(...doubled.incidents.slice(0, 1));
    expect(compareGolden(doubled, document).join()).toContain('aa (copy 2) is missing');
  });

  test('sees lists that are longer or shorter', () => {
    const expected = golden();
    expected.incidents[1] = { ...expected.incidents[1], tactics: ['execution', 'impact'] };
    expect(compareGolden(expected, document)).toEqual([
      '- incidents[bb].tactics[1]: "impact"',
      '+ incidents[bb].tactics[1]: (nothing)',
    ]);
  });

  test('a file of another shape differs instead of throwing', () => {
    for (const other of [null, 7, [], {}, { incidents: 'none' }]) {
      expect(compareGolden(other, document).length).toBeGreaterThan(0);
    }
  });

  test('keeps a long list of differences short', () => {
    const expected = golden();
    expected.events = Object.fromEntries(
      Array.from({ length: 200 }, (_, index) => [`k${index}`, 1]),
    );
    const lines = compareGolden(expected, document);
    expect(lines).toHaveLength(61);
    expect(lines.at(-1)).toMatch(/and \d+ more/);
  });
});
