import { HOST } from './process-entry.ts';

/** The kernel cuts the short name of a program here, and Falco shows that name. */
const SHORT_NAME_CHARS = 15;
/** Only so many characters of the arguments are part of a key: sensors cut long ones differently. */
const KEY_CHARS_MAX = 64;
/** Arguments that agree so far are not compared any further. */
const COMPARED_CHARS_MAX = 1024;
/** Arguments shorter than this are never taken for the beginning of longer ones. */
const CUT_CHARS_MIN = 200;
/** What falcosidekick puts at the end of a text it cut. */
const CUT_MARK = '[...]';

const BLANK = 0x20;
const TAB = 0x09;
const RETURN = 0x0d;
const QUOTE = 0x22;
const SLASH = 0x2f;
const HASH_START = 0x811c9dc5;
const HASH_FACTOR = 0x01000193;

/** Where a command ran: first 12 digits of the container's id or `HOST`, and the node. */
export interface CommandPlace {
  readonly container: string;
  readonly node: string;
}

/**
 * A number under which processes of one place with the same program and arguments are found, however
 * a sensor quotes and spaces them. Different commands may share it.
 */
export function commandKey(place: CommandPlace, program: string, args: string): number {
  const { container, node } = place;
  // A container runs on one node, by whatever name the sensors call that.
  let hash = mixText(HASH_START, container === HOST ? node : container);
  const start = program.lastIndexOf('/') + 1;
  const end = Math.min(program.length, start + SHORT_NAME_CHARS);
  hash = Math.imul(hash ^ SLASH, HASH_FACTOR);
  for (let at = start; at < end; at += 1) hash = mixCode(hash, program.charCodeAt(at));
  hash = Math.imul(hash ^ SLASH, HASH_FACTOR);
  let left = KEY_CHARS_MAX;
  for (let at = 0; at < args.length && left > 0; at += 1) {
    const code = args.charCodeAt(at);
    if (isBlank(code) || code === QUOTE) continue;
    hash = mixCode(hash, code);
    left -= 1;
  }
  return hash | 0;
}

function mixText(hash: number, text: string): number {
  let mixed = hash;
  for (let at = 0; at < text.length; at += 1) mixed = mixCode(mixed, text.charCodeAt(at));
  return mixed;
}

const mixCode = (hash: number, code: number): number => Math.imul(hash ^ code, HASH_FACTOR);

const isBlank = (code: number): boolean => code === BLANK || (code >= TAB && code <= RETURN);

/** The name by which the kernel calls a process that runs this program. */
export function shortName(program: string): string {
  const start = program.lastIndexOf('/') + 1;
  return program.slice(start, start + SHORT_NAME_CHARS);
}

/**
 * Are two texts of arguments the same but for quotes and blanks, or is one of them the beginning of
 * the other? Tetragon puts an argument with a blank in quotes, Falco never does.
 */
export function haveSameArguments(left: string, right: string): boolean {
  if (left === right) return true;
  const [one, two] = [endOf(left), endOf(right)];
  let [at, other, same] = [nextWord(left, 0), nextWord(right, 0), 0];
  while (same < COMPARED_CHARS_MAX && at < one && other < two) {
    const [code, otherCode] = [left.charCodeAt(at), right.charCodeAt(other)];
    const bothBlank = isBlank(code) && isBlank(otherCode);
    if (!bothBlank && code !== otherCode) return false;
    at = bothBlank ? nextWord(left, at) : skipQuotes(left, at + 1);
    other = bothBlank ? nextWord(right, other) : skipQuotes(right, other + 1);
    same += 1;
  }
  const isWhole = isOver(left, at, one) && isOver(right, other, two);
  return isWhole || same >= CUT_CHARS_MIN;
}

/** Where the text ends, without the mark of a cut. */
const endOf = (text: string): number =>
  text.endsWith(CUT_MARK) ? text.length - CUT_MARK.length : text.length;

/** The first character at or behind `from` that is neither blank nor a quote. */
function nextWord(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (!isBlank(code) && code !== QUOTE) break;
  }
  return at;
}

function skipQuotes(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) === QUOTE) at += 1;
  return at;
}

const isOver = (text: string, at: number, end: number): boolean => nextWord(text, at) >= end;

/** U+FFFD stands for bytes that were lost: texts with one are never known to be equal. */
export const hasLostBytes = (text: string): boolean => text.includes('\uFFFD');
