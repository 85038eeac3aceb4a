// Runs the tests that rules bring along, through the same rooms that judge real events.
import { DEFAULT_CORE_SETTINGS } from './config/core-settings.ts';
import { compileRuleSet } from './detect/compile-rule-set.ts';
import { type RuleTestResult, runRuleTests } from './detect/rule-tests.ts';
import { controlPart } from './ingest/clock.ts';
import { readRulesFolder } from './ingest/rules-folder.ts';
import type { RuleProblem } from './lib/sigma/rule-error.ts';
import type { RuleFile } from './model/observation.ts';
import type { Part } from './model/part.ts';
import { judge } from './pipeline.ts';
import { createRooms } from './rooms.ts';

export interface TestedRules {
  readonly results: readonly TestedRule[];
  /** Titles of rules without a test. */
  readonly untested: readonly string[];
  /** Rules that can not be used, and so have no tests. */
  readonly problems: readonly RuleProblem[];
}

export interface TestedRule extends RuleTestResult {
  /** What was said of an event of the test that could not be read; null if all were. */
  readonly refused: string | null;
}

/** A moment behind all times that a test may hold, so that no event is taken for one of the future. */
const RECEIVED_AT = Date.parse('2100-01-01T00:00:00Z') * 1000;
/** Wide enough that events of a test are judged in the order of their times. */
const LATENESS_MS = 3_600_000;

/** Runs all tests of a folder of rules. Throws the system's error if there is no such folder. */
export async function testRules(directory: string): Promise<TestedRules> {
  const { files } = await readRulesFolder(directory);
  const { rules, problems, fields } = compileRuleSet(files);
  // Rules take long to compile, so tests share rooms; only a rule that reads the cluster could tell.
  const together = fields.includes('cluster') ? null : createTestJudge(files);
  const refusals: (string | null)[] = [];
  const results = runRuleTests(files, (_files, events) => {
    const { matched, refused } = (together ?? createTestJudge(files))(events);
    refusals.push(refused);
    return matched;
  });
  const tested = new Set(results.map(({ ruleId }) => ruleId));
  return {
    results: results.map((result, at) => Object.assign(result, { refused: refusals[at] ?? null })),
    untested: rules.filter(({ ruleId }) => !tested.has(ruleId)).map(({ title }) => title),
    problems,
  };
}

interface Judged {
  readonly matched: ReadonlySet<string>;
  readonly refused: string | null;
}

/** Each test but the first has a cluster of its own, so that none knows of another's processes, pods or groups. */
function createTestJudge(files: readonly RuleFile[]): (events: readonly string[]) => Judged {
  const rooms = createRooms(DEFAULT_CORE_SETTINGS);
  let sequence = 1;
  judge(rooms, { sequence, parts: [rulesPart(files)] });
  return (events) => {
    const cluster = sequence === 1 ? 'default' : `test-${sequence}`;
    sequence += 1;
    const raised = judge(rooms, { sequence, parts: [eventsPart(events, cluster), endPart()] });
    const refusal = raised.arrivals.find((arrival) => arrival.outcome === 'rejected');
    const findings = [...raised.findings.flat(), ...raised.correlations.flat()];
    return {
      matched: new Set(findings.map(({ ruleId }) => ruleId)),
      refused: refusal?.rejection.detail ?? null,
    };
  };
}

const rulesPart = (files: readonly RuleFile[]): Part =>
  controlPart('rules', { kind: 'rules', hash: 'test', files }, RECEIVED_AT);

const endPart = (): Part => controlPart('clock', { kind: 'end' }, RECEIVED_AT);

const eventsPart = (events: readonly string[], cluster: string): Part => ({
  origin: {
    kind: 'events',
    carrier: 'file',
    partition: 'test',
    sensor: 'any',
    cluster,
    latenessMs: LATENESS_MS,
  },
  receivedAt: RECEIVED_AT,
  records: events.map((text, position) => ({ bytes: Buffer.from(text), position })),
});
