/** Cuts a text so that its UTF-8 form has at most so many bytes, never within a character. */
export function capText(text: string, bytesMax: number): string {
  // A character takes at most three bytes per UTF-16 unit, so most texts need no counting.
  if (text.length * 3 <= bytesMax || Buffer.byteLength(text) <= bytesMax) return text;
  const bytes = Buffer.from(text).subarray(0, bytesMax);
  return bytes.toString('utf8').replace(/\uFFFD+$/, '');
}

/** A phrase query of FTS5 that finds the text anywhere; null if it is too short for trigrams. */
export const trigramQuery = (text: string): string | null =>
  Array.from(text).length < 3 ? null : `"${text.replaceAll('"', '""')}"`;
