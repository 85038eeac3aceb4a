import type { CompiledRuleSet } from '../detect/compile-rule-set.ts';
import { compileSearch, type Matcher } from '../detect/match/compile-search.ts';
import { createFieldSlots } from '../detect/match/field-slots.ts';
import { createFieldView } from '../detect/match/field-view.ts';
import type { RuleHead } from '../lib/sigma/rule-document.ts';
import { fieldsOf, type Search } from '../lib/sigma/search.ts';
import { unreachable } from '../lib/unreachable.ts';
import type { ValueTest } from '../lib/sigma/value-test.ts';

/** What events brought so far, of the classes a rule is shown. */
export interface Seen {
  hasField(field: string): boolean;
  /** Did some value of a field that is in `NAMING_FIELDS` pass? True also if not all are known. */
  mayHaveNamed(field: string, matches: (value: string) => boolean): boolean;
}

/** Whether a rule could match at all. */
export interface RuleReach {
  readonly head: RuleHead;
  readonly eventClass: number;
  /** Files of Tetragon policies that its logsource names. */
  readonly policies: readonly string[];
  readonly fields: readonly string[];
  /** Does some field it needs never come? */
  canMatch(seen: Seen): boolean;
  /** The same, but any value of the naming fields would do. */
  canMatchAnyName(seen: Seen): boolean;
  /** What it asks of the naming fields, as written. */
  readonly names: readonly string[];
}

/** Fields with few values, chosen by policies: a rule that asks for a value waits for its hook. */
export const NAMING_FIELDS: readonly string[] = ['function_name', 'policy_name'];

const POLICY_FILE = /[\w./-]+\.ya?ml\b/g;

/** What each detection needs. Correlations need what their rules need. */
export const ruleReaches = ({ ruleSet }: CompiledRuleSet): readonly RuleReach[] =>
  ruleSet.detections.map((document) => {
    const possible = possibleWhen(document.search);
    return {
      head: document,
      eventClass: document.eventClass,
      policies: document.definition.match(POLICY_FILE) ?? [],
      fields: [...fieldsOf(document.search)],
      canMatch: (seen) => possible(seen, true),
      canMatchAnyName: (seen) => possible(seen, false),
      names: [...namesIn(document.search)],
    };
  });

type Possible = (seen: Seen, namesCount: boolean) => boolean;

/** Nothing is known of values, so what asks for one can be true and false once its field came. */
function possibleWhen(search: Search): Possible {
  switch (search.op) {
    case 'and': {
      const items = search.items.map(possibleWhen);
      return (seen, names) => items.every((item) => item(seen, names));
    }
    case 'or': {
      const items = search.items.map(possibleWhen);
      return (seen, names) => items.some((item) => item(seen, names));
    }
    case 'field':
      return fieldPossible(search);
    case 'not':
    case 'keywords':
      // What must not be is true where nothing is; every event has texts.
      return () => true;
    default:
      return unreachable(search);
  }
}

function fieldPossible(search: Extract<Search, { op: 'field' }>): Possible {
  const { field, values } = search;
  const absenceWill = values.tests.some(
    (test) => test.kind === 'null' || (test.kind === 'exists' && !test.expected),
  );
  if (absenceWill) return () => true;
  if (!NAMING_FIELDS.includes(field)) return (seen) => seen.hasField(field);
  const matches = valueMatcher(search);
  return (seen, namesCount) => {
    if (!seen.hasField(field)) return false;
    return !namesCount || seen.mayHaveNamed(field, matches);
  };
}

/** Asks the matcher that rules are compiled to, about one value of one field. */
function valueMatcher(search: Search): (value: string) => boolean {
  const matcher: Matcher = compileSearch(search, createFieldSlots());
  const view = createFieldView<string>({ accessors: [(value) => value], texts: () => [] });
  return (value) => {
    view.pointAt(value);
    return matcher(view);
  };
}

/** A value as a rule writes it, or nearly: wildcards at its ends say nothing here. */
function wordOf(test: ValueTest): string {
  if (test.kind === 'regex') return `/${test.source}/`;
  if (test.kind !== 'pattern') return test.kind;
  const words = test.pattern.map((part) => (typeof part === 'string' ? part : '*'));
  return words.join('').replaceAll(/^\*|\*$/g, '');
}

function namesIn(search: Search, found = new Set<string>()): ReadonlySet<string> {
  if (search.op === 'and' || search.op === 'or') {
    for (const item of search.items) namesIn(item, found);
  } else if (search.op === 'field' && NAMING_FIELDS.includes(search.field)) {
    for (const test of search.values.tests) found.add(`${search.field} ${wordOf(test)}`);
  }
  return found;
}
