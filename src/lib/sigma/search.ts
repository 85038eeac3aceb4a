import type { ValueTests } from './value-test.ts';

/** What a detection asks of an event. Plain data, so that a slow reference evaluator can read it too. */
export type Search =
  | { readonly op: 'and'; readonly items: readonly Search[] }
  | { readonly op: 'or'; readonly items: readonly Search[] }
  | { readonly op: 'not'; readonly item: Search }
  | { readonly op: 'field'; readonly field: string; readonly values: ValueTests }
  | { readonly op: 'keywords'; readonly values: ValueTests };

/** Every field a search reads, each once. */
export function fieldsOf(search: Search): ReadonlySet<string> {
  const fields = new Set<string>();
  const visit = (node: Search): void => {
    if (node.op === 'field') fields.add(node.field);
    else if (node.op === 'not') visit(node.item);
    else if (node.op !== 'keywords') node.items.forEach(visit);
  };
  visit(search);
  return fields;
}

export function joinSearches(op: 'and' | 'or', items: readonly Search[]): Search {
  const [only] = items;
  return items.length === 1 && only !== undefined ? only : { op, items };
}
