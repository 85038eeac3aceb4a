const CHARS_MAX_DEFAULT = 200;

/** C0 and C1 controls, line and paragraph separators, bidirectional marks, zero-width characters. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu;
const MAYBE_HIDDEN = /[^\x20-\x7e]/;

/**
 * Text of a sensor made safe to read: what a terminal or a chat would act on instead of showing
 * (control characters, direction marks, zero-width characters) is written as an escape, and what is
 * longer than `charsMax` characters is cut with an ellipsis.
 */
export function visibleText(text: string, charsMax: number = CHARS_MAX_DEFAULT): string {
  const cut = text.length > charsMax ? `${text.slice(0, charsMax - 1)}…` : text;
  return MAYBE_HIDDEN.test(cut) ? cut.replace(HIDDEN, escape) : cut;
}

function escape(char: string): string {
  if (char === '\n') return '\\n';
  if (char === '\t') return '\\t';
  if (char === '\r') return '\\r';
  const code = char.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}
