/** Everything that a terminal acts on and JSON leaves as it is: C1, direction marks, separators. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

const escapeUnit = (unit: string): string =>
  unit === '\n' ? unit : `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * Indented JSON that is safe to look at: what an attacker put into a command line reaches neither
 * terminal nor pager as a control character. It parses to the same value.
 */
export function visibleJson(value: unknown): string {
  const text = JSON.stringify(value, null, 2);
  // Only strings can hold such characters, so an escape is always inside one; line ends are ours.
  return text.replace(HIDDEN, (char) => char.split('').map(escapeUnit).join(''));
}
