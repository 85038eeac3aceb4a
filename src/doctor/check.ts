/** How a part of the feeding is doing: `fail` loses events or what they are worth. */
export type CheckLevel = 'ok' | 'warn' | 'fail';

/** One thing the doctor found, with what to do. It holds names that sensors chose: escape them. */
export interface Check {
  readonly level: CheckLevel;
  /** Stable name, for programs. */
  readonly code: CheckCode;
  readonly sentence: string;
  /** What to do, in sentences. */
  readonly advice: readonly string[];
  /** Lines of a configuration to add as they are. */
  readonly lines: readonly string[];
}

export const CHECK_CODES = [
  'nothing-arrived',
  'requests-refused',
  'records-rejected',
  'no-tetragon',
  'no-falco',
  'sensor-arrives',
  'falco-without-append-output',
  'falco-without-pid',
  'node-names-differ',
  'joins-missing',
  'pods-missing',
  'sensor-silent',
  'file-unreadable',
  'file-behind',
  'coverage-gaps',
  'events-late',
  'clock-ahead',
  'clock-behind',
  'rules-blind',
  'rules-see',
] as const;
export type CheckCode = (typeof CHECK_CODES)[number];

interface Remedy {
  readonly advice?: readonly string[];
  readonly lines?: readonly string[];
}

const check =
  (level: CheckLevel) =>
  (code: CheckCode, sentence: string, { advice = [], lines = [] }: Remedy = {}): Check => ({
    level,
    code,
    sentence,
    advice,
    lines,
  });

export const fail = check('fail');
export const warn = check('warn');
export const ok = check('ok');

/** `3 events`, `1 event`. */
export const counted = (count: number, noun: string): string =>
  `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;

/** `12 %`; what is not quite none or all does not look like it. */
export function percent(part: number, whole: number): string {
  if (whole === 0) return '–';
  const share = (100 * part) / whole;
  if (share > 0 && share < 1) return '<1 %';
  if (share > 99 && share < 100) return '>99 %';
  return `${Math.round(share)} %`;
}
