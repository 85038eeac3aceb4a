import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** SHA-256 of a credential as hexadecimal text, the only form in which it is kept. */
export const digestOf = (secret: string): string => hash('sha256', secret, 'hex');

/** Shorter ones can be guessed over the network in time. */
export const SECRET_CHARS_MIN = 16;

export type SecretText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly message: string; readonly fix: string };

export interface SecretPlace {
  /** Name of the key that holds the text itself, `token` or `secret`. */
  readonly key: 'token' | 'secret';
  readonly text: string | undefined;
  readonly file: string | undefined;
  /** Relative file names start here. */
  readonly directory: string;
}

/** The text of a secret, given directly or in a file whose last line break does not belong to it. */
export function readSecret(place: SecretPlace): SecretText {
  const { key, text, file } = place;
  if ((text === undefined) === (file === undefined)) {
    const found = text === undefined ? 'neither' : 'both';
    const message = `${found} of "${key}" and "${key}File" stand there`;
    return { ok: false, message, fix: `Write exactly one of them.` };
  }
  if (text !== undefined) return checkText(text, `Write a longer "${key}".`);
  try {
    const content = readFileSync(resolve(place.directory, file ?? ''), 'utf8');
    return checkText(content.replace(/\r?\n$/, ''), `Put the ${key} into ${file}.`);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    const fix = 'Check its path and who may read it.';
    return { ok: false, message: `the file ${file} can not be read (${code})`, fix };
  }
}

function checkText(text: string, fix: string): SecretText {
  if (text.trim() === '') return { ok: false, message: 'it is empty', fix };
  if (!/^[\u0021-\u007e]+$/.test(text)) {
    const message = 'it holds spaces or characters that a header can not carry';
    return { ok: false, message, fix: 'Use visible ASCII characters only.' };
  }
  return { ok: true, text };
}
