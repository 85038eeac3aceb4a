import {
  ALL_CHARS,
  charRange,
  charSetOf,
  CLASS_ESCAPES,
  foldCase,
  invertSet,
  NO_CHARS,
  NOT_LINE_ENDS,
  type CharSet,
} from './char-set.ts';
import { refuse } from './rule-error.ts';

/** Unbounded repetitions on one way through a pattern; each one multiplies the worst time by the length. */
const UNBOUNDED_MAX = 3;
/** A repetition that may go on longer than this costs as much as one without bound. */
const BOUNDED_MAX = 100;
const NESTING_MAX = 20;
/** Ways in which the bounded parts together can match at one place; all of them may be tried. */
const WAYS_MAX = 10_000;
/** The same beside an unbounded repetition, which multiplies them by the length of the text. */
const WAYS_BESIDE_UNBOUNDED_MAX = 64;

/** What matters of a part of a pattern for how long a match can take. */
interface Part {
  readonly nullable: boolean;
  readonly chars: CharSet;
  /** Unbounded repetitions that can stand at the beginning and at the end. */
  readonly heads: CharSet;
  readonly tails: CharSet;
  readonly unbounded: number;
  /** Holds an optional part, a variable repetition or alternatives. */
  readonly branches: boolean;
  /** In how many ways it can match at one place, unbounded repetitions left out; may be infinite. */
  readonly ways: number;
}

interface Cursor {
  readonly source: string;
  readonly ignoreCase: boolean;
  at: number;
  depth: number;
}

const EMPTY: Part = {
  nullable: true,
  chars: NO_CHARS,
  heads: NO_CHARS,
  tails: NO_CHARS,
  unbounded: 0,
  branches: false,
  ways: 1,
};

/**
 * Refuses a regular expression whose worst time is not bounded by a small power of the input's
 * length in a backtracking engine: nested or adjacent unbounded repetitions, counted ones that
 * multiply the ways to match, lookaround and backreferences. The text a sensor reports is the attacker's to choose, so the worst time counts.
 */
export function checkRegex(source: string, ignoreCase: boolean): void {
  const cursor: Cursor = { source, ignoreCase, at: 0, depth: 0 };
  const whole = readAlternatives(cursor);
  if (cursor.at < source.length) refuse(`regex has a ')' too many at ${cursor.at}`);
  if (whole.unbounded > UNBOUNDED_MAX) {
    refuse(`regex has more than ${UNBOUNDED_MAX} unbounded repetitions in a row; use contains|all`);
  }
  const waysMax = whole.unbounded > 0 ? WAYS_BESIDE_UNBOUNDED_MAX : WAYS_MAX;
  if (whole.ways > waysMax) {
    refuse(
      `regex has counted or optional parts that can match in more than ${waysMax} ways together`,
    );
  }
}

function readAlternatives(cursor: Cursor): Part {
  let whole = readSequence(cursor);
  while (cursor.source[cursor.at] === '|') {
    cursor.at += 1;
    const other = readSequence(cursor);
    whole = {
      nullable: whole.nullable || other.nullable,
      chars: whole.chars | other.chars,
      heads: whole.heads | other.heads,
      tails: whole.tails | other.tails,
      unbounded: Math.max(whole.unbounded, other.unbounded),
      branches: true,
      ways: whole.ways + other.ways,
    };
  }
  return whole;
}

function readSequence(cursor: Cursor): Part {
  let sequence = EMPTY;
  while (cursor.at < cursor.source.length) {
    const char = cursor.source[cursor.at];
    if (char === '|' || char === ')') break;
    sequence = join(sequence, readRepeated(cursor));
  }
  return sequence;
}

function join(left: Part, right: Part): Part {
  if ((left.tails & right.heads) !== NO_CHARS) {
    refuse('regex has two unbounded repetitions next to each other that can match the same text');
  }
  return {
    nullable: left.nullable && right.nullable,
    chars: left.chars | right.chars,
    heads: left.heads | (left.nullable ? right.heads : NO_CHARS),
    tails: right.tails | (right.nullable ? left.tails : NO_CHARS),
    unbounded: left.unbounded + right.unbounded,
    branches: left.branches || right.branches,
    ways: left.ways * right.ways,
  };
}

function readRepeated(cursor: Cursor): Part {
  const atom = readAtom(cursor);
  const quantifier = readQuantifier(cursor);
  if (quantifier === null) return atom;
  const { min, max } = quantifier;
  const nullable = atom.nullable || min === 0;
  if (max > 1 && atom.nullable) {
    refuse('regex repeats a part that can match nothing; repeat what is in it instead');
  }
  if (max <= BOUNDED_MAX) {
    // Written out, a bounded repetition is a row of copies: those meet each other too.
    if (max > 1) join(atom, atom);
    return {
      ...atom,
      nullable,
      unbounded: atom.unbounded * Math.max(1, max),
      branches: atom.branches || min !== max,
      ways: waysRepeated(atom.ways, { min, max }),
    };
  }
  if (atom.unbounded > 0 || atom.branches) {
    refuse('regex repeats without bound a part that can itself match in several ways');
  }
  return {
    nullable,
    chars: atom.chars,
    heads: atom.chars,
    tails: atom.chars,
    unbounded: 1,
    branches: true,
    ways: 1,
  };
}

/** Each number of repetitions is a way, and each of those multiplies the ways of the part. */
function waysRepeated(ways: number, { min, max }: Repetition): number {
  let sum = 0;
  for (let count = min; count <= max; count += 1) sum += ways ** count;
  return sum;
}

interface Repetition {
  readonly min: number;
  readonly max: number;
}

function readQuantifier(cursor: Cursor): Repetition | null {
  const match = /^(?:([*+?])|\{(\d{1,4})(,?)(\d{0,4})\})\??/.exec(cursor.source.slice(cursor.at));
  if (match === null) return null;
  cursor.at += match[0].length;
  if (match[1] !== undefined) {
    return { min: match[1] === '+' ? 1 : 0, max: match[1] === '?' ? 1 : Infinity };
  }
  const min = Number(match[2]);
  if (match[3] === '') return { min, max: min };
  return { min, max: match[4] === '' ? Infinity : Number(match[4]) };
}

function readAtom(cursor: Cursor): Part {
  const char = cursor.source.charAt(cursor.at);
  cursor.at += 1;
  if (char === '(') return readGroup(cursor);
  if (char === '[') return atomOf(cursor, readClass(cursor));
  if (char === '\\') return readEscape(cursor);
  if (char === '.') return atomOf(cursor, NOT_LINE_ENDS);
  if (char === '^' || char === '$') return EMPTY;
  return atomOf(cursor, charSetOf(char));
}

function atomOf(cursor: Cursor, set: CharSet): Part {
  return { ...EMPTY, nullable: false, chars: cursor.ignoreCase ? foldCase(set) : set };
}

function readGroup(cursor: Cursor): Part {
  if (cursor.source.startsWith('?:', cursor.at)) cursor.at += 2;
  else if (cursor.source[cursor.at] === '?') {
    refuse('regex uses lookaround, a named group or flags inside; only (...) and (?:...) are read');
  }
  cursor.depth += 1;
  if (cursor.depth > NESTING_MAX) refuse('regex is nested too deep');
  const body = readAlternatives(cursor);
  if (cursor.source[cursor.at] !== ')') refuse("regex has a '(' without its ')'");
  cursor.at += 1;
  cursor.depth -= 1;
  return body;
}

function readEscape(cursor: Cursor): Part {
  const char = cursor.source.charAt(cursor.at);
  if (char === 'b' || char === 'B') {
    cursor.at += 1;
    return EMPTY;
  }
  return atomOf(cursor, readEscapedSet(cursor));
}

/** Stands behind a backslash; reads what the escape matches. */
function readEscapedSet(cursor: Cursor): CharSet {
  const char = cursor.source.charAt(cursor.at);
  cursor.at += 1;
  const known = CLASS_ESCAPES.get(char);
  if (known !== undefined) return known;
  if (/[1-9k]/.test(char)) return refuse('regex uses a backreference');
  if (char === 'x' || char === 'u') {
    cursor.at += char === 'x' ? 2 : 4;
    return ALL_CHARS;
  }
  if (/[tnrfv0]/.test(char)) return charRange('\0', '\r');
  if (/[a-zA-Z]/.test(char) || char === '')
    return refuse(`regex uses the unknown escape \\${char}`);
  return charSetOf(char);
}

function readClass(cursor: Cursor): CharSet {
  const isInverted = cursor.source[cursor.at] === '^';
  if (isInverted) cursor.at += 1;
  let set = NO_CHARS;
  for (;;) {
    const char = cursor.source.charAt(cursor.at);
    if (char === '') return refuse("regex has a '[' without its ']'");
    cursor.at += 1;
    if (char === ']') return isInverted ? invertSet(set) : set;
    if (char === '\\') set |= readClassEscape(cursor);
    else set |= readClassRange(cursor, char);
  }
}

/** In a class `\b` is a backspace. */
function readClassEscape(cursor: Cursor): CharSet {
  if (cursor.source[cursor.at] !== 'b') return readEscapedSet(cursor);
  cursor.at += 1;
  return charSetOf('\b');
}

function readClassRange(cursor: Cursor, from: string): CharSet {
  const to = cursor.source.charAt(cursor.at + 1);
  const isRange = cursor.source[cursor.at] === '-' && to !== ']' && to !== '';
  if (!isRange) return charSetOf(from);
  cursor.at += 2;
  if (to !== '\\') return charRange(from, to);
  // The end of the range is an escape; taking everything keeps the check on the safe side.
  cursor.at += 1;
  return ALL_CHARS;
}
