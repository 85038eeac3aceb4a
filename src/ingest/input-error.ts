/** A file or folder that somebody named can not be used. The message names it and says why. */
export class InputError extends Error {
  override readonly name = 'InputError';
}
