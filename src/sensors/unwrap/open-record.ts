import type { JsonObject } from '../../lib/json-object.ts';
import { Buffer } from 'node:buffer';
import { LIMITS } from '../../config/limits.ts';
import { type CarrierFacts, factsOf, NO_FACTS } from '../../lib/carrier/carrier-facts.ts';
import { unwrap, unwrapPair, type Unwrapped, type UnwrapRules } from '../../lib/carrier/unwrap.ts';
import { isFalcoShape } from '../../lib/falco-members.ts';
import { tetragonMember } from '../../lib/tetragon-members.ts';
import type { Rejection } from '../../model/rejection.ts';
import {
  decodeRecord,
  isPlainText,
  nestsDeeper,
  NOT_AN_OBJECT,
  parseJson,
  reject,
} from '../decode-record.ts';

/** An event taken out of its record. */
export interface OpenedEvent {
  readonly kind: 'event';
  readonly root: JsonObject;
  /** Member that holds Tetragon's event; null if it is Falco's. */
  readonly member: string | null;
  /** The JSON that the event was read from. */
  readonly bytes: Uint8Array;
  /** What its carrier says, for where the event says nothing. */
  readonly facts: CarrierFacts;
  /** No text in it can hold a NUL or exceed the cap of a field. */
  readonly plain: boolean;
  readonly invalidUtf8: boolean;
}

export type Opened =
  | OpenedEvent
  | {
      readonly kind: 'line';
      readonly text: string;
      /** A carrier of logs brought it. */
      readonly isCarried: boolean;
      /** What is to be said if lines are not expected here. */
      readonly refusal: Rejection | null;
    }
  | { readonly kind: 'rejected'; readonly rejection: Rejection };

/** What is an event here, and what is JSON. */
export const UNWRAP_RULES: UnwrapRules = {
  isEvent: (object) => tetragonMember(object) !== null || isFalcoShape(object),
  parse: (text) => (nestsDeeper(text, LIMITS.recordDepthMax) ? undefined : parseJson(text)),
};

/** How a record was decoded, beside its value. */
interface Source {
  readonly bytes: Uint8Array;
  readonly plain: boolean;
  readonly invalidUtf8: boolean;
}

/** Reads the JSON of a record and takes the event out of what its carrier put around it. */
export function openRecord(bytes: Uint8Array): Opened {
  const decoded = decodeRecord(bytes);
  switch (decoded.kind) {
    case 'rejected':
      return decoded;
    case 'text': {
      const { text, rejection } = decoded;
      return { kind: 'line', text, isCarried: false, refusal: rejection };
    }
    case 'list': {
      const unwrapped = unwrapPair(decoded.list, UNWRAP_RULES);
      return unwrapped === null ? NOT_AN_OBJECT : opened(unwrapped, { ...decoded, bytes });
    }
    case 'object':
      return openObject(decoded.root, { ...decoded, bytes });
  }
}

function openObject(root: JsonObject, source: Source): Opened {
  const member = tetragonMember(root);
  if (member === null && !isFalcoShape(root)) return opened(unwrap(root, UNWRAP_RULES), source);
  // Fluent Bit can put the members of the event among its own.
  const facts = root['kubernetes'] === undefined ? NO_FACTS : factsOf(root, NO_FACTS);
  const { bytes, plain, invalidUtf8 } = source;
  return { kind: 'event', root, member, bytes, facts, plain, invalidUtf8 };
}

function opened(unwrapped: Unwrapped, { bytes, plain, invalidUtf8 }: Source): Opened {
  switch (unwrapped.kind) {
    case 'nothing': {
      const code = unwrapped.isDamaged ? 'invalid-json' : 'unknown-sensor';
      return reject(code, unwrapped.detail);
    }
    case 'line':
      return { kind: 'line', text: unwrapped.text, isCarried: true, refusal: null };
    case 'event': {
      const { event: root, text, facts } = unwrapped;
      const member = tetragonMember(root);
      const carried =
        text === null ? { bytes, plain } : { bytes: Buffer.from(text), plain: isPlainText(text) };
      return { kind: 'event', root, member, ...carried, facts, invalidUtf8 };
    }
  }
}
