import { describe, expect, test } from 'vitest';
import type { Raised } from '../../src/model/batch.ts';
import type { PlacedFinding } from '../../src/model/incident.ts';
import { countBatch } from '../../src/telemetry/count-batch.ts';
import { createMetrics, type Gauges } from '../../src/telemetry/metrics.ts';

const QUIET: Gauges = {
  heldEvents: 0,
  heldBytes: 0,
  intakeBytes: 0,
  lanes: 0,
  watermarkLagSeconds: null,
  incidentsOpen: null,
  lostEvents: new Map(),
  filesBehind: new Map(),
};

const EMPTY: Raised = {
  sequence: 1,
  parts: [],
  arrivals: [],
  steps: [],
  lateCount: 0,
  watermark: null,
  enrichments: [],
  findings: [],
  correlations: [],
  placed: [],
  folded: [],
  incidents: [],
  changes: [],
  audit: [],
  receipts: [],
  gaps: [],
};

const placed = (level: string) => ({ finding: { level } }) as unknown as PlacedFinding;

const BATCH = {
  ...EMPTY,
  arrivals: [
    { outcome: 'accepted', event: { flags: [] } },
    { outcome: 'accepted', event: { flags: ['truncated', 'wrong-type'] } },
    { outcome: 'duplicate' },
    { outcome: 'rejected', rejection: { code: 'invalid-json', detail: '' } },
    { outcome: 'rejected', rejection: { code: 'too-large', detail: '' } },
    { outcome: 'rejected', rejection: { code: 'invalid-json', detail: '' } },
    { outcome: 'skipped', reason: 'log-line' },
    { outcome: 'control' },
  ],
  lateCount: 2,
  placed: [placed('high'), placed('low'), placed('high')],
  folded: [{ count: 5 }, { count: 6 }],
  changes: [{ reason: 'opened' }, { reason: 'finding-added' }],
} as unknown as Raised;

const events = (text: string) =>
  text.split('\n').filter((line) => line.startsWith('eyrie_events_'));

test('a batch is counted without its controls', () => {
  const counts = countBatch(BATCH);
  expect(counts).toMatchObject({ received: 7, accepted: 2, duplicate: 1, late: 2, folded: 11 });
  expect([...counts.rejected]).toEqual([
    ['invalid-json', 2],
    ['too-large', 1],
  ]);
  expect([...counts.flagged]).toEqual([
    ['truncated', 1],
    ['wrong-type', 1],
  ]);
  expect([...counts.findings]).toEqual([
    ['high', 2],
    ['low', 1],
  ]);
  expect(counts.opened).toBe(1);
});

test('counting two batches gives what counting them as one gives', async () => {
  const once = createMetrics({ version: '1', processMetrics: false });
  const twice = createMetrics({ version: '1', processMetrics: false });
  const doubled = { ...BATCH, arrivals: [...BATCH.arrivals, ...BATCH.arrivals] };
  once.batchJudged({ ...doubled, lateCount: 0, placed: [], folded: [], changes: [] }, 0);
  const half = { ...BATCH, lateCount: 0, placed: [], folded: [], changes: [] };
  twice.batchJudged(half, 0);
  twice.batchJudged(half, 0);
  expect(events(await once.render(QUIET))).toEqual(events(await twice.render(QUIET)));
  expect(events(await once.render(QUIET))).toContain('eyrie_events_received_total 14');
});

describe('the text of /metrics', () => {
  test('holds every figure, from zero on where it has no labels', async () => {
    const metrics = createMetrics({ version: '1.2.3', processMetrics: false });
    metrics.batchJudged(BATCH, 0.002);
    metrics.batchCommitted(0.003);
    metrics.snapshotSaved(0.5);
    metrics.intakeRefused('falco');
    metrics.requestDone({ method: 'GET', route: '/v1/incidents', status: 404, seconds: 0.01 });
    const gauges = { ...QUIET, heldEvents: 7, incidentsOpen: { high: 2 }, watermarkLagSeconds: 5 };
    const text = await metrics.render(gauges);
    for (const line of [
      'eyrie_events_received_total 7',
      'eyrie_events_rejected_total{code="invalid-json"} 2',
      'eyrie_events_skipped_total{reason="log-line"} 1',
      'eyrie_events_flagged_total{flag="wrong-type"} 1',
      'eyrie_events_late_total 2',
      'eyrie_events_held 7',
      'eyrie_intake_refused_total{sensor="falco"} 1',
      'eyrie_batches_total 1',
      'eyrie_batch_seconds_count 1',
      'eyrie_commit_seconds_count 1',
      'eyrie_snapshots_total 1',
      'eyrie_snapshot_seconds_sum 0.5',
      'eyrie_core_faults_total 0',
      'eyrie_findings_total{level="high"} 2',
      'eyrie_folded_total 11',
      'eyrie_incidents_open{severity="high"} 2',
      'eyrie_incidents_open{severity="low"} 0',
      'eyrie_watermark_lag_seconds 5',
      'eyrie_build_info{version="1.2.3"} 1',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    expect(text).toContain('route="/v1/incidents",status="4xx"');
  });

  test('has names of ours only, those of the process included', async () => {
    const metrics = createMetrics({ version: '1', processMetrics: true });
    const names = [...(await metrics.render(QUIET)).matchAll(/^# TYPE (\S+)/gm)];
    expect(names.length).toBeGreaterThan(30);
    for (const [, name] of names) expect(name).toMatch(/^eyrie_/);
  });

  test('takes no label that a sender chooses', async () => {
    const metrics = createMetrics({ version: '1', processMetrics: false });
    metrics.intakeRefused('evil"\n# sensor');
    const text = await metrics.render(QUIET);
    expect(text).toContain('eyrie_intake_refused_total{sensor="any"} 1');
    expect(text).not.toContain('evil');
  });

  test('keeps the last known number of open incidents when the store does not answer', async () => {
    const metrics = createMetrics({ version: '1', processMetrics: false });
    await metrics.render({ ...QUIET, incidentsOpen: { critical: 3 } });
    expect(await metrics.render(QUIET)).toContain('eyrie_incidents_open{severity="critical"} 3');
  });
});

test('followed files are told by what was configured, and their losses by kind', async () => {
  const metrics = createMetrics({ version: '1', processMetrics: false });
  metrics.linesFollowed(7);
  metrics.linesFollowed(3);
  metrics.fileLost('truncated');
  const filesBehind = new Map([['/var/log/containers/*.log', 1234]]);
  const text = await metrics.render({ ...QUIET, filesBehind });
  expect(text).toContain('eyrie_file_behind_bytes{path="/var/log/containers/*.log"} 1234');
  expect(text).toContain('eyrie_file_lines_total 10');
  expect(text).toContain('eyrie_file_losses_total{loss="truncated"} 1');
});

test('what sensors lost is the count of the core, however often it is asked', async () => {
  const metrics = createMetrics({ version: '1', processMetrics: false });
  const lostEvents = new Map([['falco event-drop', 347_335]]);
  await metrics.render({ ...QUIET, lostEvents });
  const text = await metrics.render({ ...QUIET, lostEvents });
  expect(text).toContain(
    'eyrie_coverage_gap_lost_events_total{sensor="falco",reason="event-drop"} 347335',
  );
});
