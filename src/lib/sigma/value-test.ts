import { checkRegex } from './regex-check.ts';
import { openPattern, parsePattern, type Pattern } from './pattern.ts';
import { parseIpRange, type IpRange } from './ip-range.ts';
import { refuse } from './rule-error.ts';
import type { Yaml } from './yaml-documents.ts';

/** One value of a Sigma field as a test. */
export type ValueTest =
  | { readonly kind: 'pattern'; readonly pattern: Pattern; readonly cased: boolean }
  | { readonly kind: 'regex'; readonly source: string; readonly flags: string }
  | { readonly kind: 'cidr'; readonly range: IpRange }
  | { readonly kind: 'null' }
  | { readonly kind: 'exists'; readonly expected: boolean };

/** The values of one field: one of them must hold, or with `all` each of them. */
export interface ValueTests {
  readonly tests: readonly ValueTest[];
  readonly all: boolean;
}

interface Modifiers {
  readonly names: readonly string[];
  readonly all: boolean;
  readonly cased: boolean;
  readonly ends: { readonly front: boolean; readonly back: boolean };
  readonly regexFlags: string | null;
}

const REGEX_FLAGS: ReadonlyMap<string, string> = new Map([
  ['i', 'i'],
  ['ignorecase', 'i'],
  ['m', 'm'],
  ['multiline', 'm'],
  ['s', 's'],
  ['dotall', 's'],
]);
const OPENING = new Set(['contains', 'startswith', 'endswith']);
const KNOWN = new Set([...OPENING, ...REGEX_FLAGS.keys(), 'all', 'cased', 're', 'cidr', 'exists']);

/**
 * Reads the values of `field|modifiers`. A keyword has the field name '' and matches inside of
 * longer text, so its patterns are open at both ends. Refuses with the field and modifier named.
 */
export function parseValueTests(
  field: string,
  modifierNames: readonly string[],
  value: Yaml,
): ValueTests {
  const label = field === '' ? 'a keyword' : `field ${field}`;
  const modifiers = readModifiers(label, modifierNames, field === '');
  const values = Array.isArray(value) ? value : [value];
  if (values.length === 0) refuse(`${label} has an empty list of values`);
  if (values.length > 1 && values.includes(null)) {
    refuse(`${label} has null among other values; write a second selection for it`);
  }
  const tests = values.map((entry) => parseValue(label, modifiers, entry));
  return { tests, all: modifiers.all };
}

function readModifiers(label: string, names: readonly string[], isKeyword: boolean): Modifiers {
  for (const name of names) {
    if (!KNOWN.has(name)) refuse(`${label}: modifier '${name}' is not supported`);
  }
  const regexAt = names.indexOf('re');
  checkCombination(label, names, regexAt);
  const flags = names.flatMap((name) => REGEX_FLAGS.get(name) ?? []);
  return {
    names,
    all: names.includes('all'),
    cased: names.includes('cased'),
    ends: {
      front: isKeyword || names.includes('contains') || names.includes('endswith'),
      back: isKeyword || names.includes('contains') || names.includes('startswith'),
    },
    regexFlags: regexAt === -1 ? null : [...new Set(flags)].join(''),
  };
}

function checkCombination(label: string, names: readonly string[], regexAt: number): void {
  const flag = names.find((name) => REGEX_FLAGS.has(name));
  if (flag !== undefined && regexAt === -1) refuse(`${label}: modifier '${flag}' needs 're'`);
  if (regexAt > 0) refuse(`${label}: modifier 're' must come first, it takes the value as written`);
  const opening = names.find((name) => OPENING.has(name));
  if (regexAt === 0 && opening !== undefined) {
    refuse(`${label}: modifier '${opening}' changes nothing of 're', which searches anyway`);
  }
  if (regexAt === 0 && names.includes('cased')) {
    refuse(`${label}: modifier 'cased' changes nothing of 're', which is case-sensitive anyway`);
  }
  if (names.includes('exists') && names.length > 1) {
    refuse(`${label}: modifier 'exists' stands alone`);
  }
  if (names.includes('cidr') && names.some((name) => name !== 'cidr' && name !== 'all')) {
    refuse(`${label}: modifier 'cidr' combines with 'all' only`);
  }
}

function parseValue(label: string, modifiers: Modifiers, value: Yaml): ValueTest {
  if (modifiers.names.includes('exists')) {
    if (typeof value !== 'boolean') return refuse(`${label}: 'exists' takes true or false`);
    return { kind: 'exists', expected: value };
  }
  if (value === null) return nullTest(label, modifiers);
  if (typeof value === 'object') return refuse(`${label}: nested maps and lists are no values`);
  if (modifiers.names.includes('cidr')) return cidrTest(label, String(value));
  if (modifiers.regexFlags !== null) return regexTest(label, modifiers.regexFlags, String(value));
  // Only strings have wildcards; a number or a boolean is compared as its own text.
  const plain: Pattern = typeof value === 'string' ? parsePattern(value) : [String(value)];
  return { kind: 'pattern', pattern: openPattern(plain, modifiers.ends), cased: modifiers.cased };
}

function nullTest(label: string, modifiers: Modifiers): ValueTest {
  const modifier = modifiers.names.find((name) => name !== 'all');
  return modifier === undefined
    ? { kind: 'null' }
    : refuse(`${label}: null can not be combined with modifier '${modifier}'`);
}

function cidrTest(label: string, text: string): ValueTest {
  const range = parseIpRange(text);
  return typeof range === 'string' ? refuse(`${label}: ${range}`) : { kind: 'cidr', range };
}

function regexTest(label: string, flagsGiven: string, text: string): ValueTest {
  const inline = /^\(\?([ims]+)\)/.exec(text);
  const source = inline === null ? text : text.slice(inline[0].length);
  const flags = [...new Set(flagsGiven + (inline?.[1] ?? ''))].toSorted().join('');
  try {
    checkRegex(source, flags.includes('i'));
    // A search needs no open front: `.*x` finds what `x` finds, but tries every start twice.
    const trimmed = source.replace(/^\.\*(?=[^?*+{])/, '');
    const test = new RegExp(trimmed, flags);
    return { kind: 'regex', source: test.source, flags };
  } catch (error) {
    return refuse(`${label}: ${error instanceof Error ? error.message : 'invalid regex'}`);
  }
}
