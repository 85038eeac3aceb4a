import { hash } from 'node:crypto';

/**
 * 128-bit id of a list of strings: 32 hexadecimal digits, the same for the same list everywhere and
 * for ever. Parts are joined by their lengths, so that no two lists run together. A cryptographic
 * hash, because an attacker who could make two events equal could hide one behind the other.
 */
export function stableId(parts: readonly string[]): string {
  let text = '';
  for (const part of parts) text += `${part.length}:${part}`;
  return hash('sha256', text, 'hex').slice(0, 32);
}
