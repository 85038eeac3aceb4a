import { visibleText } from '../visible-text.ts';

const NAMES_MAX = 6;
const NAME_CHARS_MAX = 32;

/** The first members of an object by name, in words: `the members "a", "b" and 3 more`. */
export function describeMembers(object: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(object);
  if (names.length === 0) return 'no members';
  const shown = names.slice(0, NAMES_MAX).map((name) => `"${visibleText(name, NAME_CHARS_MAX)}"`);
  const more = names.length - shown.length;
  const plural = names.length === 1 ? 'the only member' : 'the members';
  return `${plural} ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
