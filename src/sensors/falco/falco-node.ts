import { betterNode, isOwnName } from '../../lib/falco/node-name.ts';
import type { FieldReader } from '../field-reader.ts';
import { type OutputFields, textField } from './output-fields.ts';

/** The node: Falco's word for its host, unless a field says better what it is called. */
export function readNode(hostname: unknown, fields: OutputFields, reader: FieldReader): string {
  const name = reader.text(hostname);
  if (name !== '' && !isOwnName(name)) return name;
  return betterNode(name, textField(fields, 'evt.hostname', reader));
}
