import type { Arrival } from '../model/batch.ts';

const LETTERS: Readonly<Record<Arrival['outcome'], string>> = {
  accepted: 'a',
  duplicate: 'd',
  rejected: 'r',
  skipped: 's',
  control: 'c',
};

/** What became of each record of a row as runs: `a12 d1 a300` without the blanks. */
export function encodeOutcomes(arrivals: readonly Arrival[]): string {
  let text = '';
  let run: Arrival['outcome'] | null = null;
  let length = 0;
  for (const { outcome } of arrivals) {
    if (outcome !== run) {
      if (run !== null) text += `${LETTERS[run]}${length}`;
      run = outcome;
      length = 0;
    }
    length += 1;
  }
  return run === null ? text : `${text}${LETTERS[run]}${length}`;
}

/** The same runs with one record refused, and the letter it had. */
export function refuseOutcomes(runs: string, index: number): { outcomes: string; was: string } {
  let outcomes = '';
  let was = '';
  let at = 0;
  const add = (letter: string, length: number): void => {
    if (length > 0) outcomes += `${letter}${length}`;
  };
  for (const [, letter = '', digits] of runs.matchAll(/([a-z])(\d+)/g)) {
    const length = Number(digits);
    const before = index - at;
    at += length;
    if (before < 0 || before >= length || was !== '') {
      add(letter, length);
      continue;
    }
    was = letter;
    add(letter, before);
    add(LETTERS.rejected, 1);
    add(letter, length - before - 1);
  }
  return { outcomes, was };
}

/** One byte per record: 1 where it was accepted as an event. */
export function acceptedFlags(runs: string, recordCount: number): Uint8Array {
  const flags = new Uint8Array(recordCount);
  let at = 0;
  for (const [, letter, digits] of runs.matchAll(/([a-z])(\d+)/g)) {
    const length = Number(digits);
    if (letter === 'a') flags.fill(1, at, at + length);
    at += length;
  }
  return flags;
}
