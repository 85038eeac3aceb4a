import type { JsonObject } from '../lib/json-object.ts';
import actionSchema from '../../schemas/analyst-action.json' with { type: 'json' };
import type { Control } from '../model/observation.ts';
import type { Origin } from '../model/origin.ts';
import type { Rejection } from '../model/rejection.ts';
import { reject } from './decode-record.ts';

import { createShapeCheck } from './shape-check.ts';

type ControlOrigin = Exclude<Origin['kind'], 'events'>;

const checkAction = createShapeCheck(actionSchema, []);

/** Which controls each door may bring; a record of another kind there is refused. */
const KINDS: Readonly<Record<ControlOrigin, readonly Control['kind'][]>> = {
  actions: ['action'],
  kubernetes: ['pod'],
  rules: ['rules', 'rule-disabled'],
  settings: ['settings'],
  clock: ['tick', 'end', 'clock-reset'],
};

/** Reads a record that Eyrie itself wrote. What analysts send is checked field by field. */
export function readControl(
  root: JsonObject,
  origin: ControlOrigin,
):
  | { readonly kind: 'control'; readonly control: Control }
  | { readonly kind: 'rejected'; readonly rejection: Rejection } {
  const allowed: readonly unknown[] = KINDS[origin];
  if (origin === 'actions') {
    const fault = checkAction(root);
    if (fault !== null) {
      return reject('invalid-action', `The action has another shape. ${fault.detail}`);
    }
  }
  if (!allowed.includes(root['kind']) || !isComplete(root)) {
    return reject('invalid-shape', `A record of ${origin} has another shape.`);
  }
  // The shape was checked above or written by Eyrie itself.
  return { kind: 'control', control: root as unknown as Control };
}

/** The members without which the rooms behind could not work. */
function isComplete(root: JsonObject): boolean {
  switch (root['kind']) {
    case 'tick':
      return isTime(root['receivedAt']) && isTime(root['runStartedAt']);
    case 'clock-reset':
      return isTime(root['receivedAt']);
    case 'pod':
      return typeof root['cluster'] === 'string' && isObject(root['pod']) && isTime(root['at']);
    case 'rules':
      return typeof root['hash'] === 'string' && Array.isArray(root['files']);
    case 'rule-disabled':
      return typeof root['ruleId'] === 'string';
    case 'settings':
      return typeof root['hash'] === 'string' && isObject(root['settings']);
    default:
      return true;
  }
}

const isTime = (value: unknown): boolean => Number.isSafeInteger(value);

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;
