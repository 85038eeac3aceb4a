import type { JsonObject } from '../../lib/json-object.ts';
import { hookName } from '../../lib/tetragon-members.ts';
import type { HookArgument, HookFacts } from '../../model/security-event.ts';
import { FLAG } from '../event-flags.ts';
import type { FieldReader } from '../field-reader.ts';

import { readArguments, readReturn, valueText } from './hook-arguments.ts';
import { CONNECTION_MEMBERS } from './hook-network.ts';
import type { RawPayload } from './raw-event.ts';

/** What an action is when the sensor took none. */
const NO_ACTION = 'KPROBE_ACTION_UNKNOWN';
const NO_TAGS: readonly string[] = [];
/** Tetragon allows 16. */
const TAGS_MAX = 64;

/** What was hooked and what it saw; of an event without a hook, the name of its type. */
export function readHook(member: string, payload: RawPayload, reader: FieldReader): HookFacts {
  return {
    functionName: hookName(member, payload as JsonObject, reader),
    policyName: reader.textOrNull(payload.policy_name),
    action: readAction(payload.action, reader),
    returnAction: readAction(payload.return_action, reader),
    message: reader.textOrNull(payload.message),
    tags: readTags(payload.tags, reader),
    returnValue: readReturn(payload.return, reader),
    arguments: readArguments(payload.args, reader),
    data: readArguments(payload.data, reader),
    path: reader.textOrNull(payload.path),
    offset: reader.enumOrNull(payload.offset),
    imaHash: reader.textOrNull(payload.ima_hash),
    buildId: reader.textOrNull(payload.buildid),
  };
}

function readAction(value: unknown, reader: FieldReader): string | null {
  const action = reader.enumOrNull(value);
  return action === NO_ACTION ? null : action;
}

function readTags(value: unknown, reader: FieldReader): readonly string[] {
  const list = reader.list(value);
  if (list.length === 0) return NO_TAGS;
  if (list.length > TAGS_MAX) reader.flag(FLAG.truncated);
  return list.slice(0, TAGS_MAX).map((tag) => reader.text(tag));
}

/** What `readHook` and others read; what is left of an unknown type are its arguments. */
const NAMED_MEMBERS: ReadonlySet<string> = new Set([
  'process',
  'parent',
  'ancestors',
  'policy_name',
  'action',
  'return_action',
  'message',
  'tags',
  'return',
  'args',
  'data',
  'path',
  'offset',
  'ima_hash',
  'buildid',
  ...CONNECTION_MEMBERS,
]);
const OTHER_ARGUMENTS_MAX = 64;

/**
 * Reads an event of a type that this version has no name for. What it says beside a process and a
 * connection becomes arguments that are named as its members are, so that rules and searches see it.
 */
export function readOther(member: string, payload: JsonObject, reader: FieldReader): HookFacts {
  const hook = readHook(member, payload, reader);
  const args: HookArgument[] = [...hook.arguments];
  for (const key of Object.keys(payload)) {
    if (NAMED_MEMBERS.has(key)) continue;
    if (args.length === OTHER_ARGUMENTS_MAX) {
      reader.flag(FLAG.truncated);
      break;
    }
    const value = valueText(payload[key], reader);
    args.push({ type: reader.clean(key), label: null, value });
  }
  return { ...hook, functionName: reader.clean(member), arguments: args };
}
