import { describe, expect, test } from 'vitest';
import { APPEND_OUTPUT_LINES } from '../../src/config/feeding.ts';
import type { ArrivalsReport, NodeReport, SensorReport } from '../../src/doctor/arrivals-report.ts';
import { percent } from '../../src/doctor/check.ts';
import { diagnose } from '../../src/doctor/diagnose.ts';

const SECOND = 1_000_000;
const NOW = 1_778_486_400 * SECOND;
const NO_FIELDS = { sampled: 0, withContainer: 0, withPid: 0 };

const sensor = (name: 'falco' | 'tetragon', change: Partial<SensorReport> = {}): SensorReport => ({
  sensor: name,
  accepted: 100,
  duplicate: 0,
  late: 0,
  nodes: 1,
  versions: [],
  versionAtLeast: null,
  kinds: {},
  newest: NOW,
  lastReceivedAt: NOW,
  judged: { events: 100, onHost: 0, withPod: 100, ambiguousPod: 0, withProcess: 100, joins: {} },
  alertFields: NO_FIELDS,
  ...change,
});

const node = (name: 'falco' | 'tetragon', change: Partial<NodeReport> = {}): NodeReport => ({
  cluster: 'default',
  node: 'node-1',
  sensor: name,
  accepted: 100,
  late: 0,
  version: null,
  newest: NOW,
  lastReceivedAt: NOW,
  delayMin: 0.1 * SECOND,
  delayMax: SECOND,
  alertFields: NO_FIELDS,
  ...change,
});

const GOOD: ArrivalsReport = {
  since: NOW - 600 * SECOND,
  now: NOW,
  sensors: [sensor('falco'), sensor('tetragon')],
  nodes: [node('falco'), node('tetragon')],
  nodesTotal: 1,
  rejected: [],
  skipped: [],
  refusedRequests: [],
  rules: { total: 3, blind: [] },
};

const checksOf = (change: Partial<ArrivalsReport>, gaps = 0) =>
  diagnose({ ...GOOD, ...change }, { gapsLastHour: gaps, files: [] });

/** Everything that is not ok, as level and code. */
const faultsOf = (change: Partial<ArrivalsReport>, gaps = 0): readonly string[] =>
  checksOf(change, gaps)
    .filter(({ level }) => level !== 'ok')
    .map(({ level, code }) => `${level} ${code}`);

test('a feeding without faults has only good news', () => {
  expect(faultsOf({})).toEqual([]);
  expect(checksOf({}).map(({ code }) => code)).toEqual([
    'sensor-arrives',
    'sensor-arrives',
    'rules-see',
  ]);
});

test('nothing at all', () => {
  expect(faultsOf({ sensors: [], nodes: [] })).toEqual(['fail nothing-arrived']);
});

test('the worst comes first', () => {
  const levels = checksOf({
    sensors: [sensor('falco')],
    refusedRequests: [{ status: 401, count: 1, lastAt: NOW }],
  }).map(({ level }) => level);
  expect(levels).toEqual(['fail', 'warn', 'ok', 'ok']);
});

const rejected = (count: number): Partial<ArrivalsReport> => ({
  rejected: [{ code: 'not-json', count, detail: 'It is text.', lastAt: NOW }],
});

const refused = (lastAt: number): Partial<ArrivalsReport> => ({
  refusedRequests: [{ status: 401, count: 3, lastAt }],
});

describe('what was turned away', () => {
  test('lately is a fault, long ago is not', () => {
    expect(faultsOf(refused(NOW - 60 * SECOND))).toEqual(['fail requests-refused']);
    expect(faultsOf(refused(NOW - 3600 * SECOND))).toEqual([]);
  });

  test('few records are worth a look, many are a fault; each code says what to do', () => {
    expect(faultsOf(rejected(1))).toEqual(['warn records-rejected']);
    expect(faultsOf(rejected(50))).toEqual(['fail records-rejected']);
    expect(checksOf(rejected(50))[0]?.advice[0]).toContain('json_output: true');
  });
});

describe('sensors', () => {
  test('one of the two is missing', () => {
    expect(faultsOf({ sensors: [sensor('falco')] })).toEqual(['warn no-tetragon']);
    expect(faultsOf({ sensors: [sensor('tetragon')] })).toEqual(['warn no-falco']);
  });

  test('a Falco without append_output is told the lines to add, by node', () => {
    const lacking = { sampled: 40, withContainer: 2, withPid: 0 };
    const nodes = [node('falco', { alertFields: lacking }), node('tetragon')];
    const [check] = checksOf({ nodes });
    expect(check).toMatchObject({ level: 'fail', code: 'falco-without-append-output' });
    expect(check?.sentence).toContain('Falco on node-1 has no append_output');
    expect(check?.lines).toEqual(APPEND_OUTPUT_LINES);
    const withoutPid = { sampled: 40, withContainer: 40, withPid: 0 };
    expect(
      faultsOf({ nodes: [node('falco', { alertFields: withoutPid }), node('tetragon')] }),
    ).toEqual(['warn falco-without-pid']);
  });

  test('two names for the machines of both', () => {
    const nodes = [node('falco', { node: 'falco-7x9' }), node('tetragon')];
    expect(faultsOf({ nodes })).toEqual(['warn node-names-differ']);
  });

  test('a Tetragon that fell silent; a Falco may be', () => {
    const silent = { lastReceivedAt: NOW - 1200 * SECOND };
    expect(faultsOf({ sensors: [sensor('falco', silent), sensor('tetragon')] })).toEqual([]);
    expect(faultsOf({ sensors: [sensor('falco'), sensor('tetragon', silent)] })).toEqual([
      'warn sensor-silent',
    ]);
  });

  test('alerts without a process, with the reason that is the most frequent', () => {
    const judged = { ...sensor('falco').judged, joins: { pid: 10, 'not-seen': 30, container: 5 } };
    const sensors = [sensor('falco', { judged }), sensor('tetragon')];
    expect(faultsOf({ sensors })).toEqual(['warn joins-missing']);
    const [check] = checksOf({ sensors });
    expect(check?.sentence).toContain('78 %');
    expect(check?.sentence).toContain('Tetragon told of no process that fits the alert.');
  });

  test('events without a pod', () => {
    const judged = { ...sensor('tetragon').judged, withPod: 10, onHost: 30 };
    expect(faultsOf({ sensors: [sensor('falco'), sensor('tetragon', { judged })] })).toEqual([
      'warn pods-missing',
    ]);
  });
});

describe('clocks', () => {
  test.each([
    [-1, []],
    [-5, ['warn clock-ahead']],
    [-60, ['fail clock-ahead']],
    [30, []],
    [300, ['warn clock-behind']],
  ])('a delay of %d s', (seconds, expected) => {
    const nodes = [node('falco'), node('tetragon', { delayMin: seconds * SECOND })];
    expect(faultsOf({ nodes })).toEqual(expected);
  });

  test('a shipper that sends in blocks is told the lateness it needs', () => {
    const late = node('tetragon', { late: 40, delayMin: SECOND, delayMax: 30 * SECOND });
    const [check] = checksOf({ nodes: [node('falco'), late] });
    expect(check).toMatchObject({ level: 'warn', code: 'events-late' });
    expect(check?.advice[0]).toContain('latenessMs: 35000');
  });
});

test('rules that can match nothing name the policies to apply', () => {
  const rule = { ruleId: 'r', title: 'R', level: 'high' as const, path: 'r.yml' };
  const blind = [
    { ...rule, reason: 'no-events' as const, missing: ['file_event'], policies: ['files.yaml'] },
    { ...rule, reason: 'no-events' as const, missing: ['network_connection'], policies: [] },
  ];
  const [check] = checksOf({ rules: { total: 9, blind } });
  expect(check?.sentence).toContain('2 of 9 rules');
  expect(check?.advice).toHaveLength(2);
  expect(check?.advice[0]).toContain('files.yaml');
  expect(check?.advice[1]).toContain('hooks connections');
});

test('followed files that can not be read, or are far behind', () => {
  const file = { path: '/a', behindBytes: 0, error: null };
  const checksFor = (change: Partial<typeof file> | { error: string }) =>
    diagnose(GOOD, { gapsLastHour: null, files: [{ ...file, ...change }] }).map(({ code }) => code);
  expect(checksFor({})).not.toContain('file-behind');
  expect(checksFor({ behindBytes: 2 ** 30 })).toContain('file-behind');
  expect(checksFor({ error: 'it may not be read' })[0]).toBe('file-unreadable');
});

test('gaps that sensors told of', () => {
  expect(faultsOf({}, 2)).toEqual(['warn coverage-gaps']);
});

test('shares that are not quite none or all do not look like it', () => {
  expect([percent(0, 9), percent(1, 1000), percent(1, 3), percent(999, 1000)]).toEqual([
    '0 %',
    '<1 %',
    '33 %',
    '>99 %',
  ]);
  expect(percent(0, 0)).toBe('–');
});
