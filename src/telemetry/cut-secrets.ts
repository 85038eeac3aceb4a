const MARK = '[secret]';

/**
 * Takes credentials out of a text before it goes into a log: secrets in the path or the query of
 * our own URLs, passwords in any URL, and what stands behind `Bearer` or `Basic`.
 */
export function cutSecrets(text: string): string {
  return text
    .replaceAll(/(\/v1\/ingest\/(?:(?:falco|tetragon|any)\/)?)([^/?\s"']+)/g, cutPathSecret)
    .replaceAll(/([?&](?:secret|token|key|password)=)[^&\s"'#]*/gi, `$1${MARK}`)
    .replaceAll(/(\b[a-z][a-z0-9+.-]*:\/\/)[^/\s@"']*@/gi, `$1${MARK}@`)
    .replaceAll(/\b(Bearer|Basic)\s+[^\s"',]+/gi, `$1 ${MARK}`);
}

/** `/v1/ingest/falco` names a sensor; anything else in that place is a secret. */
function cutPathSecret(whole: string, before: string, last: string): string {
  const isSensor = last === 'falco' || last === 'tetragon' || last === 'any';
  return isSensor && before.endsWith('/ingest/') ? whole : `${before}${MARK}`;
}
