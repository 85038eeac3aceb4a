// As much of Tetragon's TracingPolicy as the policies that come along use, and what its filters let pass.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { isInIpRange, parseIpRange } from '../../src/lib/sigma/ip-range.ts';

const FOLDER = join(import.meta.dirname, '../../docs/deploy/tetragon');

type Operator = 'Equal' | 'Prefix' | 'Postfix' | 'DAddr' | 'NotDAddr' | 'DPort' | 'In' | 'NotIn';

interface Filter {
  readonly operator: Operator;
  readonly values: readonly string[];
}

interface Selector {
  readonly matchArgs?: readonly (Filter & { readonly index: number })[];
  readonly matchBinaries?: readonly Filter[];
  readonly matchNamespaces?: readonly (Filter & { readonly namespace: string })[];
}

interface Hook {
  readonly call: string;
  readonly syscall: boolean;
  readonly args: readonly { readonly index: number; readonly type: string }[];
  readonly selectors: readonly Selector[];
}

export interface TracingPolicy {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly kprobes: readonly Hook[] };
}

/** A kprobe event as Tetragon writes it, as far as filters look at it. */
export interface KprobeEvent {
  readonly process: { readonly binary: string; readonly pod?: unknown };
  readonly function_name: string;
  readonly policy_name: string;
  readonly args: readonly Readonly<Record<string, unknown>>[];
}

const filter = (operators: readonly Operator[], more: Record<string, unknown> = {}): object => ({
  type: 'object',
  additionalProperties: false,
  required: ['operator', 'values', ...Object.keys(more)],
  properties: {
    operator: { enum: operators },
    values: { type: 'array', minItems: 1, items: { type: 'string', minLength: 1, maxLength: 128 } },
    ...more,
  },
});

const listOf = (items: object, maxItems: number): object => ({
  type: 'array',
  minItems: 1,
  maxItems,
  items,
});

const SELECTOR = {
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: {
    matchArgs: listOf(
      filter(['Equal', 'Prefix', 'Postfix', 'DAddr', 'NotDAddr', 'DPort'], {
        index: { type: 'integer', minimum: 0, maximum: 4 },
      }),
      5,
    ),
    matchBinaries: listOf(filter(['In', 'NotIn', 'Prefix', 'Postfix']), 1),
    matchNamespaces: listOf(filter(['In', 'NotIn'], { namespace: { enum: ['Mnt'] } }), 10),
  },
};

const ARGUMENT = {
  type: 'object',
  additionalProperties: false,
  required: ['index', 'type'],
  properties: {
    index: { type: 'integer', minimum: 0, maximum: 4 },
    type: { enum: ['int', 'string', 'file', 'path', 'sock', 'module'] },
    label: { type: 'string' },
  },
};

const HOOK = {
  type: 'object',
  additionalProperties: false,
  required: ['call', 'syscall', 'message', 'args', 'selectors'],
  properties: {
    call: { type: 'string', pattern: '^[a-z_]+$' },
    syscall: { type: 'boolean' },
    message: { type: 'string', minLength: 10, maxLength: 256 },
    tags: { type: 'array', maxItems: 16, items: { type: 'string' } },
    args: listOf(ARGUMENT, 5),
    selectors: listOf(SELECTOR, 5),
  },
};

/** Tetragon's resource definition, without all that these policies have no use for. */
export const validatePolicy = new Ajv({ allErrors: true, strict: false }).compile({
  type: 'object',
  additionalProperties: false,
  required: ['apiVersion', 'kind', 'metadata', 'spec'],
  properties: {
    apiVersion: { const: 'cilium.io/v1alpha1' },
    kind: { const: 'TracingPolicy' },
    metadata: {
      type: 'object',
      additionalProperties: false,
      required: ['name'],
      properties: { name: { type: 'string', pattern: '^eyrie-[a-z]+(-[a-z]+)*$' } },
    },
    spec: {
      type: 'object',
      additionalProperties: false,
      required: ['kprobes'],
      properties: { kprobes: listOf(HOOK, 16) },
    },
  },
});

/** The policies by the names of their files. */
export const policies: ReadonlyMap<string, TracingPolicy> = new Map(
  readdirSync(FOLDER)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => [name, parse(readFileSync(join(FOLDER, name), 'utf8')) as TracingPolicy]),
);

export const fileOfPolicy = (policyName: string): string | undefined =>
  [...policies].find(([, { metadata }]) => metadata.name === policyName)?.[0];

/** Whether the policy would have sent the event: it hooks the function, and a selector lets it pass. */
export function wouldSend({ spec }: TracingPolicy, event: KprobeEvent): boolean {
  const name = event.function_name.replace(/^__(?:x64|arm64)_/, '');
  const hook = spec.kprobes.find(({ call }) => call === name);
  return hook !== undefined && hook.selectors.some((selector) => passes(selector, hook, event));
}

function passes(selector: Selector, hook: Hook, event: KprobeEvent): boolean {
  const { matchArgs = [], matchBinaries = [], matchNamespaces = [] } = selector;
  return (
    matchArgs.every((one) => testFilter(one, argumentAt(hook, one.index, event))) &&
    matchBinaries.every((one) => testFilter(one, event.process.binary)) &&
    // What runs in a pod has a mount namespace of its own.
    matchNamespaces.every((one) => testFilter(one, event.process.pod ? 'pod' : 'host_ns'))
  );
}

/** An event holds the arguments that the policy names, in that order. */
function argumentAt(hook: Hook, index: number, { args }: KprobeEvent): unknown {
  const at = hook.args.findIndex((argument) => argument.index === index);
  const [value] = Object.entries(args[at] ?? {}).flatMap(([key, one]) =>
    key === 'label' ? [] : [one],
  );
  return value;
}

interface Sock {
  readonly path?: string;
  readonly daddr?: string;
  readonly dport?: number;
}

/** A value as text filters see it, and as filters of sockets do. */
interface Seen {
  readonly text: string;
  readonly sock: Sock;
}

const OPERATORS: Readonly<Record<Operator, (seen: Seen, values: readonly string[]) => boolean>> = {
  Equal: ({ text }, values) => values.includes(text),
  In: ({ text }, values) => values.includes(text),
  NotIn: ({ text }, values) => !values.includes(text),
  Prefix: ({ text }, values) => values.some((value) => text.startsWith(value)),
  Postfix: ({ text }, values) => values.some((value) => text.endsWith(value)),
  DPort: ({ sock }, values) => values.includes(String(sock.dport)),
  DAddr: ({ sock }, values) => values.some((value) => isInside(sock.daddr ?? '', value)),
  NotDAddr: ({ sock }, values) => !values.some((value) => isInside(sock.daddr ?? '', value)),
};

function testFilter({ operator, values }: Filter, value: unknown): boolean {
  const isPlain = typeof value === 'string' || typeof value === 'number';
  const sock = isPlain ? {} : ((value ?? {}) as Sock);
  return OPERATORS[operator]({ text: isPlain ? String(value) : (sock.path ?? ''), sock }, values);
}

function isInside(address: string, text: string): boolean {
  const range = parseIpRange(text);
  if (typeof range === 'string') throw new Error(range);
  return isInIpRange(address, range);
}
