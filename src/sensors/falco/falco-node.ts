import type { FieldReader } from '../field-reader.ts';
import { type OutputFields, textField } from './output-fields.ts';

const CONTAINER_ID = /^[0-9a-f]{12}$/;
const CONTAINER_ID_CHARS = 12;
/** Pods of a DaemonSet end in five characters out of those that make no words. */
const FALCO_POD = /^falco(?:-[a-z0-9]+)*-[bcdfghjklmnpqrstvwxz2456789]{5}$/;
const FALCO = 'falco';

/**
 * The node by Falco's word. Without FALCO_HOSTNAME that word is the name of Falco's own pod or
 * container, which no other sensor uses; a field that says it better is then believed instead. If
 * there is none the odd name stays: it still tells this node from others.
 */
export function readNode(hostname: unknown, fields: OutputFields, reader: FieldReader): string {
  const name = reader.text(hostname);
  if (name !== '' && !isOwnName(name)) return name;
  const said = textField(fields, 'evt.hostname', reader);
  return said === '' || (name !== '' && isOwnName(said)) ? name : said;
}

/** Is it the name of Falco's own pod, or the short id of its container? */
const isOwnName = (name: string): boolean =>
  (name.length === CONTAINER_ID_CHARS && CONTAINER_ID.test(name)) ||
  (name.startsWith(FALCO) && FALCO_POD.test(name));
