// An API over a reader that answers from memory, and the requests that tests make of it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { FastifyInstance } from 'fastify';
import { onTestFinished } from 'vitest';
import { buildApi } from '../../src/api/build-api.ts';
import type { ApiContext, LiveStatus, SubmittedAction } from '../../src/api/context.ts';
import { createAccess } from '../../src/config/access.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { compileRuleSet } from '../../src/detect/compile-rule-set.ts';
import { createArrivals } from '../../src/doctor/arrivals.ts';
import type { Receipt } from '../../src/model/incident.ts';
import type { Scope } from '../../src/model/scope.ts';
import type { StoredIncident, StoreReader } from '../../src/store/ports.ts';
import {
  EXAMPLE_EVENT,
  EXAMPLE_GAP,
  EXAMPLE_INCIDENT,
  EXAMPLE_STATUS,
  SOME_TIME,
  exampleFinding,
} from './example-data.ts';

export const TOKENS = {
  ingest: 'ingest-token-0123456789',
  read: 'read-token-0123456789',
  analyst: 'analyst-token-0123456789',
  admin: 'admin-token-0123456789',
} as const;

export const INGEST_SECRET = 'falco-secret-0123456789';

/** A configuration with one token per role and one secret for sensors. */
export function configWithTokens(): string {
  const tokens = Object.entries(TOKENS).map(
    ([role, token]) => `  - { name: ${role}, token: ${token}, role: ${role} }`,
  );
  return [
    'tokens:',
    ...tokens,
    'ingest:',
    '  secrets:',
    `    - { name: falco, secret: ${INGEST_SECRET} }`,
  ].join('\n');
}

const ALL: Scope = { clusters: null };

const pageOf = <Item>(items: readonly Item[]) => ({ items, nextPageToken: null });

/** Sees the example incident, and which calls were made with which arguments. */
export class FakeReader implements StoreReader {
  readonly calls: { readonly name: string; readonly args: readonly unknown[] }[] = [];
  incident: StoredIncident = EXAMPLE_INCIDENT;
  findings = [exampleFinding()];
  gaps = [EXAMPLE_GAP];

  #note(name: string, ...args: readonly unknown[]): void {
    this.calls.push({ name, args });
  }

  #sees(scope: Scope): boolean {
    return scope.clusters === null || scope.clusters.includes(this.incident.where.cluster);
  }

  async listIncidents(...args: Parameters<StoreReader['listIncidents']>) {
    this.#note('listIncidents', ...args);
    return pageOf(this.#sees(args[0]) ? [this.incident] : []);
  }

  async getIncident(scope: Scope, reference: string) {
    this.#note('getIncident', scope, reference);
    const names = [this.incident.id, String(this.incident.number), `INC-${this.incident.number}`];
    return this.#sees(scope) && names.includes(reference) ? this.incident : null;
  }

  async listFindings(...args: Parameters<StoreReader['listFindings']>) {
    this.#note('listFindings', ...args);
    return this.findings;
  }

  async listChanges() {
    return [];
  }

  async timeline() {
    return [
      {
        at: SOME_TIME,
        kind: 'finding' as const,
        sentence: 'A shell was started.',
        level: 'critical' as const,
        ruleId: 'reverse-shell',
        findingId: 'f1',
        count: 1,
      },
    ];
  }

  async incidentEvents(...args: Parameters<StoreReader['incidentEvents']>) {
    this.#note('incidentEvents', ...args);
    return { items: [EXAMPLE_EVENT], nextPageToken: 'next' };
  }

  async listEvents(...args: Parameters<StoreReader['listEvents']>) {
    this.#note('listEvents', ...args);
    return pageOf([EXAMPLE_EVENT]);
  }

  async listAudit() {
    const entry = { at: SOME_TIME, actor: 'local', via: 'api', incidentId: EXAMPLE_INCIDENT.id };
    const change = {
      action: 'note',
      actionId: 'a1',
      before: 'new',
      after: 'new',
      text: 'seen',
      hash: 'ab',
    };
    return [{ sequence: 1, ...entry, ...change }];
  }

  async listDeadLetters() {
    const journal = { sequence: 2, index: 5 };
    const what = { code: 'invalid-json', detail: 'It is cut.', raw: '{"a":' };
    return pageOf([{ id: '2-5', at: SOME_TIME, journal, ...what }]);
  }

  async listCoverage(...args: Parameters<StoreReader['listCoverage']>) {
    this.#note('listCoverage', ...args);
    return pageOf(this.gaps);
  }

  async incidentCoverage(...args: Parameters<StoreReader['incidentCoverage']>) {
    this.#note('incidentCoverage', ...args);
    return this.gaps;
  }

  async countCoverage(...args: Parameters<StoreReader['countCoverage']>) {
    this.#note('countCoverage', ...args);
    return this.gaps.length;
  }

  async status() {
    return EXAMPLE_STATUS;
  }

  async close() {
    return undefined;
  }
}

export const CALM: LiveStatus = {
  checks: [{ name: 'store', ok: true, detail: 'It can be written.' }],
  watermark: SOME_TIME,
  lanes: [
    {
      carrier: 'http',
      partition: '',
      sensor: 'falco',
      cluster: 'default',
      node: 'node-1',
      newest: SOME_TIME,
      counts: true,
      behindMs: 0,
    },
  ],
  held: { events: 3, bytes: 900 },
  intake: { bytes: 0, max: 1000 },
  files: [],
  late: 2,
  releasedEarly: 0,
};

export interface TestApi {
  readonly app: FastifyInstance;
  readonly reader: FakeReader;
  readonly submitted: SubmittedAction[];
}

export interface TestApiOptions {
  readonly yaml?: string;
  readonly receipt?: (action: SubmittedAction) => Receipt;
  readonly over?: Partial<ApiContext>;
}

export const doneReceipt = (action: SubmittedAction): Receipt => ({
  actionId: action.id,
  status: 'done',
  incidentId: action.incidentId,
  version: 4,
  state: 'acknowledged',
  heldEvents: 2,
  detail: 'Acknowledged.',
});

/** Boots an API and closes it with the test. Without yaml everything is open on loopback. */
export async function testApi(options: TestApiOptions = {}): Promise<TestApi> {
  const reader = new FakeReader();
  const submitted: SubmittedAction[] = [];
  const config = await configOf(options.yaml ?? '');
  const app = await buildApi({
    reader,
    submitAction: async (action) => {
      submitted.push(action);
      return (options.receipt ?? doneReceipt)(action);
    },
    resetClock: async () => SOME_TIME,
    live: () => CALM,
    arrivals: () => createArrivals({ rules: compileRuleSet([]), now: () => SOME_TIME }).report(ALL),
    metrics: async () => 'eyrie_up 1\n',
    access: createAccess(config),
    version: '0.0.0-test',
    logger: null,
    now: () => SOME_TIME + 5_000_000,
    ...options.over,
  });
  onTestFinished(() => app.close());
  return { app, reader, submitted };
}

async function configOf(yaml: string) {
  const directory = await mkdtemp(`${tmpdir()}/eyrie-api-`);
  await writeFile(`${directory}/eyrie.yaml`, yaml);
  onTestFinished(() => rm(directory, { recursive: true }));
  return loadConfig({ flags: {}, environment: {}, directory });
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
