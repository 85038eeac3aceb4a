import { isInIpRange } from '../../src/lib/sigma/ip-range.ts';
import { ANY_ONE, ANY_RUN, type Pattern } from '../../src/lib/sigma/pattern.ts';
import type { Search } from '../../src/lib/sigma/search.ts';
import type { ValueTest } from '../../src/lib/sigma/value-test.ts';
import type { FieldValue } from '../../src/model/security-event.ts';
import { readJson, type JsonSubject } from './json-subject.ts';

/** Judges a search the slow and plain way: what the compiled matchers must agree with. */
export function evaluate(search: Search, subject: JsonSubject): boolean {
  switch (search.op) {
    case 'and':
      return search.items.every((item) => evaluate(item, subject));
    case 'or':
      return search.items.some((item) => evaluate(item, subject));
    case 'not':
      return !evaluate(search.item, subject);
    case 'field': {
      const value = readJson(subject, search.field);
      const { tests, all } = search.values;
      return all
        ? tests.every((test) => holds(test, value))
        : tests.some((test) => holds(test, value));
    }
    case 'keywords':
    default:
      throw new Error('keywords are tested elsewhere');
  }
}

function holds(test: ValueTest, value: FieldValue | undefined): boolean {
  if (test.kind === 'exists') return (value !== undefined) === test.expected;
  if (Array.isArray(value)) return value.some((element: FieldValue) => holds(test, element));
  if (test.kind === 'null') return value === undefined || value === null;
  if (value === undefined || value === null) return false;
  const text = String(value);
  if (test.kind === 'cidr') return isInIpRange(text, test.range);
  if (test.kind === 'regex') return new RegExp(test.source, test.flags).test(text);
  return test.cased
    ? asRegex(test.pattern).test(text)
    : asRegex(
        test.pattern.map((part) => (typeof part === 'string' ? part.toLowerCase() : part)),
      ).test(text.toLowerCase());
}

/** A pattern as a regular expression over code points. */
export function asRegex(pattern: Pattern): RegExp {
  const parts = pattern.map((part) => {
    if (part === ANY_RUN) return '[^]*';
    if (part === ANY_ONE) return '[^]';
    return part.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
  });
  return new RegExp(`^${parts.join('')}$`, 'u');
}
