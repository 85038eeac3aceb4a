import {
  type Arbitrary,
  array,
  assert,
  constantFrom,
  integer,
  nat,
  property,
  record,
} from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Raised } from '../../src/model/batch.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { Incident } from '../../src/model/incident.ts';
import type { ActionName } from '../../src/model/observation.ts';
import { LEVELS } from '../../src/model/level.ts';
import type { IncidentLimits } from '../../src/incidents/fold-context.ts';
import {
  action,
  control,
  correlation,
  finding,
  newRoom,
  on,
  process,
  restarted,
  run,
  type ScriptStep,
} from './fold.ts';

const ACTIONS: readonly ActionName[] = [
  'acknowledge',
  'start',
  'resolve',
  'close',
  'reopen',
  'note',
];
const SETTINGS = { evidencePerRuleMax: 2, incidentSpanMaxMs: 4 * 3_600_000 };
const TIGHT = { incidentsInMemoryMax: 3 };

interface Command {
  readonly kind: 'event' | 'late' | 'copy' | 'correlate' | 'merge' | 'act';
  readonly pod: number;
  readonly minutes: number;
  readonly pick: number;
  readonly findings: number;
}

const command: Arbitrary<Command> = record({
  kind: constantFrom(
    'event',
    'event',
    'event',
    'event',
    'late',
    'copy',
    'correlate',
    'merge',
    'act',
  ),
  pod: integer({ min: 0, max: 3 }),
  minutes: constantFrom(0, 0, 1, 5, 29, 30, 31, 70, 300),
  pick: nat(1_000),
  findings: integer({ min: 1, max: 2 }),
});
const commands = array(command, { minLength: 1, maxLength: 60, size: 'max' });

/** Turns commands into steps; a room of its own tells which incidents there are to act on. */
function scriptOf(list: readonly Command[]): ScriptStep[] {
  const scratch = newRoom(SETTINGS);
  const script: ScriptStep[] = [];
  const known: Finding[] = [];
  const incidents: string[] = [];
  let minute = 0;
  list.forEach((one, index) => {
    minute += one.kind === 'late' ? 0 : one.minutes;
    const step = stepOf(one, { index, minute, known, incidents });
    script.push(step);
    known.push(...step.findings, ...step.correlations);
    for (const { id } of run(scratch, step).incidents)
      if (!incidents.includes(id)) incidents.push(id);
  });
  return script;
}

interface Around {
  readonly index: number;
  readonly minute: number;
  readonly known: readonly Finding[];
  readonly incidents: readonly string[];
}

function stepOf(one: Command, around: Around): ScriptStep {
  const { index, minute, known, incidents } = around;
  const some = (offset: number): Finding | undefined => known[(one.pick + offset) % known.length];
  if (one.kind === 'act') {
    const name = ACTIONS[one.pick % ACTIONS.length] ?? 'note';
    const id = incidents[one.pick % Math.max(1, incidents.length)] ?? 'nobody';
    return control(
      action(name, id, { id: `action-${index}`, verdict: 'test', atMinute: minute + 1 }),
    );
  }
  const copied = some(0);
  // A finding that was dropped for its level may be placed when it comes again; it is no copy.
  const isCopy = one.kind === 'copy' && copied !== undefined && copied.level !== 'informational';
  if (isCopy) return on([copied]);
  const at = one.kind === 'late' ? minute - one.minutes : minute;
  const findings = Array.from({ length: one.findings }, (_, number) =>
    finding(`f${index}-${number}`, {
      at,
      pod: `pod-${one.pod}`,
      late: one.kind === 'late',
      level: LEVELS[(one.pick + number) % LEVELS.length] ?? 'low',
      ruleId: `${one.pick % 2 === 0 ? 'falco/' : ''}rule-${(one.pick + number) % 3}`,
      tactics: one.pick % 7 === 0 ? [`tactic-${one.pick % 3}`] : [],
      process: process(`/bin/${one.pick % 4}`),
      events: [{ eventId: `event-${index}`, time: 0, journal: { sequence: 1, index } }],
    }),
  );
  if (one.kind !== 'correlate' && one.kind !== 'merge') return on(findings);
  const evidence = [some(0), some(3), ...findings].filter((each) => each !== undefined);
  const merge = one.kind === 'merge';
  return on(findings, [correlation(`c${index}`, evidence, { merge, level: 'high' })]);
}

/** Everything that came of some batches, in a form that no longer shows where they were cut. */
function summarize(batches: readonly Raised[]) {
  const incidents = new Map<string, Incident>();
  const folded = new Map<string, { count: number; journal: number[] }>();
  for (const batch of batches) {
    for (const incident of batch.incidents) incidents.set(incident.id, incident);
    for (const { incidentId, ruleId, count, journal } of batch.folded) {
      const key = `${incidentId} ${ruleId}`;
      const entry = folded.get(key) ?? { count: 0, journal: [] };
      entry.count += count;
      entry.journal.push(...journal.map((ref) => ref.index));
      folded.set(key, entry);
    }
  }
  return {
    incidents: [...incidents.values()],
    folded: [...folded],
    placed: batches.flatMap((batch) => batch.placed),
    changes: batches.flatMap((batch) => batch.changes),
    audit: batches.flatMap((batch) => batch.audit),
    receipts: batches.flatMap((batch) => batch.receipts),
  };
}

/** Runs a script in pieces of these sizes, in turn, with or without a restart after each. */
function runSplit(
  script: readonly ScriptStep[],
  cuts: readonly number[],
  { limits, restarts }: { limits: Partial<IncidentLimits>; restarts: boolean },
): Raised[] {
  const batches: Raised[] = [];
  let room = newRoom(SETTINGS, limits);
  for (let start = 0, turn = 0; start < script.length; turn += 1) {
    const size = cuts[turn % cuts.length] ?? 1;
    batches.push(run(room, ...script.slice(start, start + size)));
    start += size;
    if (restarts) room = restarted(room, newRoom(SETTINGS, limits));
  }
  return batches;
}

const sizes = array(integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 });

describe('laws', () => {
  test.each([
    ['with room for all', {}],
    ['with room for three', TIGHT],
  ])('no cut and no restart changes any answer (%s)', (_, limits) => {
    assert(
      property(commands, sizes, (list, cuts) => {
        const script = scriptOf(list);
        const whole = summarize([run(newRoom(SETTINGS, limits), ...script)]);
        for (const restarts of [false, true]) {
          expect(summarize(runSplit(script, cuts, { limits, restarts }))).toEqual(whole);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('every finding is in exactly one incident, and every merged one leads to a living one', () => {
    assert(
      property(commands, (list) => {
        const script = scriptOf(list);
        const room = newRoom(SETTINGS);
        const raised = run(room, ...script);
        const placedIds = raised.placed.map((placed) => placed.finding.id);
        const foldedCount = sum(raised.folded.map((folded) => folded.count));
        const offered = script.flatMap((step) => [...step.findings, ...step.correlations]).length;
        const { findingsBelowLevel, findingCopies } = room.status();

        expect(new Set(placedIds).size).toBe(placedIds.length);
        expect(placedIds.length + foldedCount + findingsBelowLevel + findingCopies).toBe(offered);

        const found = recount(script, raised);
        for (const incident of raised.incidents) {
          if (incident.state === 'merged') continue;
          expect(incident.findingCount).toBe(found.get(incident.id)?.findings);
          expect(sum(incident.rules.map((rule) => rule.count))).toBe(incident.findingCount);
          expect(sum(incident.reasons.map((reason) => reason.points))).toBe(incident.risk);
          const events = found.get(incident.id)?.events.size ?? 0;
          if (events > 0) expect(incident.eventCount).toBe(events);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('versions only grow, and each accepted change of state is audited once', () => {
    assert(
      property(commands, (list) => {
        const script = scriptOf(list);
        const room = newRoom(SETTINGS);
        const versions = new Map<string, number>();
        for (const step of script) {
          const raised = run(room, step);
          for (const incident of raised.incidents) {
            const before = versions.get(incident.id) ?? 1;
            const audited = raised.audit.filter((entry) => entry.incidentId === incident.id);
            expect(incident.version).toBe(before + audited.length);
            versions.set(incident.id, incident.version);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

interface Found {
  findings: number;
  readonly events: Set<string>;
}

/** Counts findings and events per living incident from what was placed and folded alone. */
function recount(script: readonly ScriptStep[], raised: Raised): ReadonlyMap<string, Found> {
  const byId = new Map(raised.incidents.map((incident) => [incident.id, incident]));
  const found = new Map<string, Found>();
  const at = (incidentId: string): Found => {
    const { id } = survivorOf(incidentId, byId);
    const entry = found.get(id) ?? { findings: 0, events: new Set() };
    found.set(id, entry);
    return entry;
  };
  for (const { finding: each, incidentId } of raised.placed) {
    const entry = at(incidentId);
    entry.findings += 1;
    if (each.kind !== 'correlation') entry.events.add(each.events[0]?.eventId ?? '');
  }
  for (const { incidentId, count, journal } of raised.folded) {
    const entry = at(incidentId);
    entry.findings += count;
    for (const { index } of journal) entry.events.add(eventAt(script, index));
  }
  return found;
}

function survivorOf(id: string, byId: ReadonlyMap<string, Incident>): Incident {
  const incident = byId.get(id);
  if (incident === undefined) throw new Error(`No incident ${id}.`);
  const into = incident.links.filter((link) => link.reason === 'merged-into');
  expect(into).toHaveLength(incident.state === 'merged' ? 1 : 0);
  return into[0] === undefined ? incident : survivorOf(into[0].incidentId, byId);
}

function eventAt(script: readonly ScriptStep[], journalIndex: number): string {
  for (const { step } of script) {
    if (step.kind === 'event' && step.event.journal.index === journalIndex) return step.event.id;
  }
  return 'unknown';
}
