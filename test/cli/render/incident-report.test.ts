import { describe, expect, test } from 'vitest';
import {
  renderIncidentReport,
  type IncidentStory,
  type ReportedIncident,
} from '../../../src/cli/render/incident-report.ts';
import { plainPainter } from '../../../src/cli/render/level-paint.ts';
import {
  processTreeLines,
  type ReportedProcess,
} from '../../../src/cli/render/process-tree-text.ts';

const MICROS = Date.UTC(2026, 4, 28, 20, 26, 1) * 1000;

const process = (
  command: string,
  children: readonly ReportedProcess[] = [],
  findings: ReportedProcess['findings'] = [],
): ReportedProcess => {
  const [binary = '', ...rest] = command.split(' ');
  return { pid: 7, uid: 33, binary, arguments: rest.join(' '), findings, children };
};

const INCIDENT: ReportedIncident = {
  id: 'abc123',
  number: 4,
  title: 'Reverse shell in shop/web',
  severity: 'critical',
  risk: 87,
  state: 'new',
  verdict: null,
  where: {
    cluster: 'default',
    node: 'worker-1',
    namespace: 'shop',
    pod: 'web',
    podUid: null,
    workload: null,
    container: 'php',
    containerId: null,
  },
  entity: { label: 'shop/web' },
  firstTime: MICROS,
  lastTime: MICROS + 5_000_000,
  eventCount: 1,
  findingCount: 2,
  tactics: ['execution'],
  techniques: [],
  sensors: ['falco', 'tetragon'],
  reasons: [
    { code: 'level', field: 'level', points: 80, sentence: 'It is critical.' },
    { code: 'tactics', field: 'tactics', points: -3, sentence: 'Only one tactic.' },
  ],
  links: [{ reason: 'previous', incidentId: 'old' }],
};

const STORY: IncidentStory = {
  incident: INCIDENT,
  timeline: [
    {
      at: MICROS + 123_000,
      kind: 'finding',
      level: 'high',
      sentence: 'bash ran',
      ruleId: 'r1',
      count: 1,
    },
    {
      at: MICROS + 86_400_000_000,
      kind: 'folded',
      level: null,
      sentence: 'more\u0007',
      ruleId: null,
      count: 9,
    },
  ],
  processes: [
    process('php-fpm', [
      process('/bin/sh -c id', [], [{ level: 'high', title: 'Shell' }]),
      process('/bin/bash -i', [process('cat token')], [{ level: 'critical', title: 'Reverse' }]),
    ]),
  ],
  ruleTitles: new Map([['r1', 'A shell']]),
  incidentNames: new Map([['old', 'INC-2']]),
  runbook: ['1. Who was it?'],
  coverage: [
    {
      node: 'worker-1',
      reason: 'event-drop',
      from: MICROS - 60_000_000,
      to: MICROS,
      open: false,
      sentence: 'Falco lost 7 events.',
    },
  ],
};

describe('the incident report', () => {
  test('tells what, where, why, what happened and which processes', () => {
    expect(renderIncidentReport(STORY)).toBe(
      `INC-4  Reverse shell in shop/web
  critical, risk 87 of 100, new
  Where       shop/web, container php, node worker-1
  When        2026-05-28 20:26:01 to 2026-05-28 20:26:06 UTC
  Evidence    1 event, 2 findings, seen by falco and tetragon
  Tactics     execution
  Techniques  none named
  Id          abc123
  Linked      previous INC-2

Why it was raised
  +80  It is critical.  (level, from level)
   -3  Only one tactic.  (tactics, from tactics)

What to look at first
  1. Who was it?

What happened
  2026-05-28
  20:26:01.123  high           bash ran  [A shell]
  2026-05-29 20:26:01.000  folded         more\\x07

Processes
  php-fpm  pid 7 uid 33
  ├─ /bin/sh -c id  pid 7 uid 33
  │      ! high: Shell
  └─ /bin/bash -i  pid 7 uid 33
     │   ! critical: Reverse
     └─ cat token  pid 7 uid 33

What may be missing
  node worker-1 was blind from 2026-05-28 20:25:01 to 2026-05-28 20:26:01: Falco lost 7 events.`,
    );
  });

  test('says what is missing instead of leaving a gap', () => {
    const incident = { ...INCIDENT, reasons: [], links: [], verdict: 'test' as const };
    const nothing = { timeline: [], processes: [], coverage: [] };
    const text = renderIncidentReport({ ...STORY, incident, ...nothing });
    expect(text).toContain('new, verdict test');
    expect(text).toContain('No reasons were recorded.');
    expect(text).toContain('Nothing was recorded.');
    expect(text).toContain('No process is known.');
    expect(text).toContain('No losses were reported for its nodes.');
  });

  test('no text of an event reaches the terminal as a control character', () => {
    const evil = 'x\u001b]0;owned\u0007\r\n\u202e';
    const incident = {
      ...INCIDENT,
      title: evil,
      entity: { label: evil },
      reasons: [{ code: 'level', field: evil, points: 1, sentence: evil }],
      tactics: [evil],
      techniques: [evil],
    };
    const timeline = [
      { at: MICROS, kind: 'note' as const, level: null, sentence: evil, ruleId: null, count: 1 },
    ];
    const processes = [process(evil, [], [{ level: 'low', title: evil }])];
    const text = renderIncidentReport({ ...STORY, incident, timeline, processes, runbook: [evil] });
    const hidden = /[\p{Cc}\p{Cf}]/u;
    expect(text.split('\n').filter((line) => hidden.test(line))).toEqual([]);
  });
});

test('a change names the incident itself by its number', () => {
  const sentence = `Merged into incident ${'a'.repeat(32)}: "Shell" (r1) connects event x.`;
  const timeline = [
    { at: MICROS, kind: 'change' as const, level: null, ruleId: null, sentence, count: 1 },
  ];
  const incident = { ...INCIDENT, id: 'a'.repeat(32) };
  expect(renderIncidentReport({ ...STORY, incident, timeline })).toContain('Merged into INC-4: ');
});

test('a change does not repeat the finding beside it', () => {
  const finding = {
    at: MICROS,
    kind: 'finding' as const,
    level: 'low' as const,
    ruleId: 'r1',
    count: 1,
  };
  const change = { at: MICROS, kind: 'change' as const, level: null, ruleId: null, count: 1 };
  const timeline = [
    { ...finding, sentence: 'bash (child of sh) ran' },
    { ...change, sentence: 'Opened by "Shell" (r1): bash (child of sh) ran' },
    { ...change, at: MICROS + 1, sentence: 'Opened by "Shell" (r1): bash (child of sh) ran' },
  ];
  const lines = renderIncidentReport({ ...STORY, timeline }).split('\n');
  const changes = lines.filter((line) => line.includes('change'));
  expect(changes[0]).toMatch(/Opened by "Shell" \(r1\)$/);
  expect(changes[1]).toMatch(/Opened by "Shell" \(r1\): bash \(child of sh\) ran$/);
});

describe('the process tree', () => {
  test('names a program that nobody knows', () => {
    const unknown = { ...process(''), pid: null, uid: null };
    expect(processTreeLines([unknown], plainPainter)).toEqual(['(unknown program)']);
  });

  test('says a rule once that found several things in one process', () => {
    const shell = { level: 'high' as const, title: 'Shell' };
    const findings = [shell, { level: 'low' as const, title: 'Other' }, shell];
    expect(processTreeLines([process('sh', [], findings)], plainPainter)).toEqual([
      'sh  pid 7 uid 33',
      '    ! high: Shell  (2 times)',
      '    ! low: Other',
    ]);
  });

  test('several roots stand below each other', () => {
    expect(processTreeLines([process('a'), process('b')], plainPainter)).toEqual([
      'a  pid 7 uid 33',
      'b  pid 7 uid 33',
    ]);
  });
});
