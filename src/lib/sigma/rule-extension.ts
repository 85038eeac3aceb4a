import { Ajv } from 'ajv';
import extensionSchema from '../../../schemas/eyrie-rule-extension.json' with { type: 'json' };
import type { Micros } from '../../model/micros.ts';
import { refuse } from './rule-error.ts';
import { parseTimespan } from './timespan.ts';
import type { Yaml, YamlMap } from './yaml-documents.ts';

/** What the `eyrie:` map of a rule says. */
export interface RuleExtension {
  /** How long a correlation stays quiet for one group after a match; null = its timespan. */
  readonly suppress: Micros | null;
  /** Events without a group-by field form a group of their own instead of being left out. */
  readonly nullGroup: boolean;
  readonly merge: boolean;
  readonly runbook: readonly string[];
  readonly tests: readonly RuleTestCase[];
}

/** A rule's own test: raw sensor events and whether the rule must match them. */
export interface RuleTestCase {
  readonly name: string;
  readonly match: boolean;
  /** One raw JSON text per event, in order of arrival. */
  readonly events: readonly string[];
}

const NO_EXTENSION: RuleExtension = {
  suppress: null,
  nullGroup: false,
  merge: false,
  runbook: [],
  tests: [],
};

/** Keys that are reserved and checked, but that this version does not act on. */
const RESERVED_KEYS = ['window', 'timespanMax', 'lateness', 'absence', 'risk', 'entity'];

interface ExtensionMap {
  readonly suppress?: string;
  readonly null_group?: boolean;
  readonly merge?: boolean;
  readonly runbook?: readonly string[];
  readonly tests?: readonly TestMap[];
}
interface TestMap {
  readonly name: string;
  readonly match: boolean;
  readonly event?: YamlMap;
  readonly events?: readonly YamlMap[];
  readonly lines?: string;
}

const validate = new Ajv({
  allErrors: false,
  strict: true,
  strictRequired: false,
}).compile<ExtensionMap>(extensionSchema);

/** Reads and checks the `eyrie:` map of a rule; refuses the rule with the place and the reason. */
export function parseExtension(value: Yaml | undefined): RuleExtension {
  if (value === undefined || value === null) return NO_EXTENSION;
  const map: unknown = value;
  if (!validate(map)) return refuse(describeError());
  const reserved = RESERVED_KEYS.find((key) => Object.hasOwn(map, key));
  if (reserved !== undefined) return refuse(`eyrie.${reserved} is not supported yet`);
  return {
    suppress: map.suppress === undefined ? null : parseTimespan(map.suppress, 'eyrie.suppress'),
    nullGroup: map.null_group ?? false,
    merge: map.merge ?? false,
    runbook: map.runbook ?? [],
    tests: (map.tests ?? []).map(readTest),
  };
}

function readTest(test: TestMap): RuleTestCase {
  const lines = (test.lines ?? '').split('\n').filter((line) => line.trim() !== '');
  const maps = test.event === undefined ? (test.events ?? []) : [test.event];
  const events = [...lines, ...maps.map((map) => JSON.stringify(map))];
  return { name: test.name, match: test.match, events };
}

function describeError(): string {
  const error = validate.errors?.[0];
  if (error === undefined) return 'eyrie: is not valid';
  const place = `eyrie${error.instancePath.replaceAll('/', '.')}`;
  const unknownKey: unknown = error.params['additionalProperty'];
  return typeof unknownKey === 'string'
    ? `${place}: '${unknownKey}' is not a known key`
    : `${place} ${error.message ?? 'is not valid'}`;
}
