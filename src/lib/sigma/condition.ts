import { refuse } from './rule-error.ts';
import { joinSearches, type Search } from './search.ts';

interface Reader {
  readonly tokens: readonly string[];
  readonly selections: ReadonlyMap<string, Search>;
  at: number;
  depth: number;
}

const NESTING_MAX = 50;
const RESERVED = new Set(['and', 'or', 'not', 'of', 'them']);

/**
 * Reads a condition; loosest first: `or`, `and`, `not`, `1 of` / `all of` / `any of`, parentheses.
 * Operators are lower case. Words are read whole, so a selection may be called `nothing`.
 */
export function parseCondition(text: string, selections: ReadonlyMap<string, Search>): Search {
  const reader: Reader = { tokens: tokenize(text), selections, at: 0, depth: 0 };
  if (reader.tokens.length === 0) return refuse('condition is empty');
  const search = readOr(reader);
  const rest = reader.tokens[reader.at];
  return rest === undefined ? search : refuse(`condition: '${rest}' is not expected there`);
}

function tokenize(text: string): string[] {
  const tokens = text.match(/[()|]|[^\s()|]+/g) ?? [];
  for (const token of tokens) {
    if (token === '|') refuse("condition: aggregations with '|' are Sigma 1; write a correlation");
    if (/^(?:AND|OR|NOT|OF|THEM|ALL|ANY)$/.test(token)) {
      refuse(`condition: write '${token}' in lower case`);
    }
    if (!/^(?:[()]|[\w*-]+)$/.test(token)) refuse(`condition: '${token}' is no name`);
  }
  return tokens;
}

function readOr(reader: Reader): Search {
  const items = [readAnd(reader)];
  while (take(reader, 'or')) items.push(readAnd(reader));
  return joinSearches('or', items);
}

function readAnd(reader: Reader): Search {
  const items = [readNot(reader)];
  while (take(reader, 'and')) items.push(readNot(reader));
  return joinSearches('and', items);
}

function readNot(reader: Reader): Search {
  let isNegated = false;
  while (take(reader, 'not')) isNegated = !isNegated;
  const item = readOperand(reader);
  return isNegated ? { op: 'not', item } : item;
}

function readOperand(reader: Reader): Search {
  const token = reader.tokens[reader.at];
  if (token === undefined) return refuse('condition ends where a selection is expected');
  reader.at += 1;
  if (token === '(') return readParentheses(reader);
  if (reader.tokens[reader.at] === 'of') return readSelector(reader, token);
  if (RESERVED.has(token) || token === ')') {
    return refuse(`condition: '${token}' is not expected there`);
  }
  return (
    reader.selections.get(token) ?? refuse(`condition names '${token}', which is no selection`)
  );
}

function readParentheses(reader: Reader): Search {
  reader.depth += 1;
  if (reader.depth > NESTING_MAX) return refuse('condition is nested too deep');
  const inside = readOr(reader);
  if (!take(reader, ')')) return refuse("condition has a '(' without its ')'");
  reader.depth -= 1;
  return inside;
}

function readSelector(reader: Reader, quantity: string): Search {
  reader.at += 1;
  const pattern = reader.tokens[reader.at];
  if (!['1', 'any', 'all'].includes(quantity)) {
    return refuse(`condition: '${quantity} of' is not known; use '1 of' or 'all of'`);
  }
  if (pattern === undefined || pattern === '(' || pattern === ')') {
    return refuse(`condition: '${quantity} of' needs a pattern or 'them'`);
  }
  reader.at += 1;
  const items = selectionsLike(reader.selections, pattern);
  if (items.length === 0 && quantity === 'all') {
    return refuse(`condition: 'all of ${pattern}' finds no selection`);
  }
  return joinSearches(quantity === 'all' ? 'and' : 'or', items);
}

/** `them` and patterns leave out names with a leading `_`, unless the pattern itself has one. */
function selectionsLike(selections: ReadonlyMap<string, Search>, pattern: string): Search[] {
  const parts = pattern.split('*').map((part) => part.replaceAll('-', '\\-'));
  const test = pattern === 'them' ? /^/ : new RegExp(`^${parts.join('.*')}$`);
  const found: Search[] = [];
  for (const [name, search] of selections) {
    if (name.startsWith('_') && !pattern.startsWith('_')) continue;
    if (test.test(name)) found.push(search);
  }
  return found;
}

function take(reader: Reader, token: string): boolean {
  if (reader.tokens[reader.at] !== token) return false;
  reader.at += 1;
  return true;
}
