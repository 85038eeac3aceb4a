import { expect, test } from 'vitest';
import { gapLines, type ReportedGap } from '../../../src/cli/render/gap-lines.ts';

const FROM = Date.UTC(2026, 10, 23, 20, 56, 16) * 1000;

const GAP: ReportedGap = {
  node: 'worker-1',
  reason: 'event-drop',
  from: FROM,
  to: FROM + 60_000_000,
  open: false,
  sentence: 'Falco lost 347,335 events.',
};

test('each gap is a line that says where, when and why', () => {
  expect(gapLines([GAP, { ...GAP, node: '', open: true }], 100)).toEqual([
    '  node worker-1 was blind from 2026-11-23 20:56:16 to 2026-11-23 20:57:16: Falco lost 347,335 events.',
    '  a node without a name was blind since 2026-11-23 20:56:16: Falco lost 347,335 events.',
  ]);
});

test('a failure need not have cost an event', () => {
  const [line] = gapLines([{ ...GAP, reason: 'sensor-error' }], 100);
  expect(line).toContain('node worker-1 may have been blind from');
});

test('no gap is said, too', () => {
  expect(gapLines([], 100)).toEqual(['  No losses were reported for its nodes.']);
});

test('very many are cut, and their number is told', () => {
  const lines = gapLines(
    Array.from({ length: 50 }, () => GAP),
    100,
  );
  expect(lines).toHaveLength(21);
  expect(lines.at(-1)).toBe('  … and 30 more');
});

test('no text of a sensor reaches the terminal as a control character', () => {
  const text = gapLines([{ ...GAP, node: 'a\u001b[2Jb', sentence: 'x\u202ey' }], 100).join('\n');
  expect(text).toContain(String.raw`a\x1b[2Jb`);
  expect(text).not.toContain('\u001b');
  expect(text).not.toContain('\u202e');
});
