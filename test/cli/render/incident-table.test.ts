import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fitWidths } from '../../../src/cli/render/fit-widths.ts';
import { renderIncidentTable, type IncidentRow } from '../../../src/cli/render/incident-table.ts';

const MICROS = Date.UTC(2026, 4, 28, 20, 26, 1) * 1000;

const row = (changes: Partial<IncidentRow> = {}): IncidentRow => ({
  number: 12,
  severity: 'critical',
  risk: 95,
  state: 'acknowledged',
  title: 'Reverse shell in shop/web-6d8f7c9b5-k2x4q',
  where: 'shop/web-6d8f7c9b5-k2x4q',
  firstTime: MICROS,
  lastTime: MICROS + 65_000_000,
  eventCount: 1234,
  tactics: ['execution', 'credential-access'],
  ...changes,
});

const bracket = (text: string): string => `<${text}>`;

describe('the incident table', () => {
  test('holds everything an analyst sorts by, each on one line', () => {
    const lines = renderIncidentTable([row(), row({ number: 13 })], { columns: 200 }).split('\n');
    expect(lines).toHaveLength(6);
    expect(lines[3]?.replaceAll(/ +/g, ' ')).toBe(
      '│ 12 │ critical │ 95 │ Reverse shell │ shop/web-6d8f7c9b5-k2x4q │ 2026-05-28 20:26:01 │ 20:27:06 │ 1234 │ acknowledged │ execution, credential-access │',
    );
  });

  test('says the day of the last time only where it differs', () => {
    const text = renderIncidentTable([row({ lastTime: MICROS + 86_400_000_000 })], {
      columns: 200,
    });
    expect(text).toContain('2026-05-29 20:26:01');
  });

  test('fits into the terminal, if that is not absurdly narrow', () => {
    const long = row({ title: 'T'.repeat(500), where: 'w'.repeat(300), tactics: ['t'.repeat(90)] });
    for (const columns of [160, 180, 240]) {
      const widths = renderIncidentTable([long], { columns })
        .split('\n')
        .map((line) => line.length);
      expect(Math.max(...widths)).toBeLessThanOrEqual(columns);
    }
  });

  test('shows control characters of an attacker instead of obeying them', () => {
    const text = renderIncidentTable([row({ title: 'a\u001b[31mb\nc\u202ed', where: 'x' })], {
      columns: 200,
    });
    expect(text).toContain('a\\x1b[31mb\\nc\\u{202e}d');
    expect(text.split('\n')).toHaveLength(5);
  });

  test('says so when there is nothing', () => {
    expect(renderIncidentTable([], { columns: 80 })).toBe('No incidents.');
  });

  test('paints the level only', () => {
    expect(renderIncidentTable([row()], { columns: 200, painter: bracket })).toContain(
      '│ <critical> │',
    );
  });
});

describe('sharing out widths', () => {
  test('who needs little gets it, the others share the rest', () => {
    expect(fitWidths([10, 100, 100], 110)).toEqual([10, 50, 50]);
    expect(fitWidths([10, 20, 30], 100)).toEqual([10, 20, 30]);
    expect(fitWidths([50, 50], 10)).toEqual([5, 5]);
  });

  test('never more than needed nor more than there is', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(300), { maxLength: 8 }), fc.nat(600), (needs, available) => {
        const widths = fitWidths(needs, available);
        const sum = widths.reduce((total, width) => total + width, 0);
        expect(sum).toBeLessThanOrEqual(available);
        for (const [index, width] of widths.entries()) {
          expect(width).toBeLessThanOrEqual(needs[index] ?? 0);
        }
        const isEnough = needs.reduce((total, need) => total + need, 0) <= available;
        if (isEnough) expect(widths).toEqual(needs);
      }),
    );
  });
});
