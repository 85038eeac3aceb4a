import { Type } from 'typebox';
import { CHECK_CODES } from '../../doctor/check.ts';
import { PROCESS_JOIN_TIERS } from '../../model/process-join.ts';
import { REJECTION_CODES } from '../../model/rejection.ts';
import { EVENT_KINDS } from '../../model/security-event.ts';
import { FileBody } from './status.ts';
import { LevelName, Nullable, OneOf, Texts, Time } from './common.ts';

const Count = Type.Integer({ minimum: 0 });
const Sensor = OneOf(['falco', 'tetragon']);

const CheckBody = Type.Object({
  level: OneOf(['fail', 'warn', 'ok'], 'fail: events, or what they are worth, are lost.'),
  code: OneOf(CHECK_CODES),
  sentence: Type.String({ description: 'It may quote what sensors sent: escape it.' }),
  advice: Type.Array(Type.String(), { description: 'What to do, in sentences.' }),
  lines: Type.Array(Type.String(), { description: 'Lines of a configuration to add.' }),
});

const countsOf = <Key extends string>(keys: readonly Key[], description: string) =>
  Type.Object(
    Object.fromEntries(keys.map((key) => [key, Type.Optional(Count)])) as Record<
      Key,
      ReturnType<typeof Type.Optional<typeof Count>>
    >,
    { description },
  );

const JudgedBody = Type.Object(
  {
    events: Count,
    onHost: Count,
    withPod: Count,
    ambiguousPod: Count,
    withProcess: Count,
    joins: countsOf(PROCESS_JOIN_TIERS, 'Alerts by the tier of their join with a process.'),
  },
  { description: 'What was known of the events that were judged; held ones are not among them.' },
);

const SensorBody = Type.Object({
  sensor: Sensor,
  accepted: Count,
  duplicate: Count,
  late: Count,
  nodes: Count,
  versions: Type.Array(Type.Object({ version: Type.String(), nodes: Count }), {
    description: 'As the sensor says itself.',
  }),
  versionAtLeast: Nullable(
    Type.String({ description: 'The oldest version with the fields that were seen.' }),
  ),
  kinds: countsOf(EVENT_KINDS, 'Events by kind.'),
  newest: Nullable(Time),
  lastReceivedAt: Nullable(Time),
  judged: JudgedBody,
  alertFields: Type.Object(
    { sampled: Count, withContainer: Count, withPid: Count },
    { description: 'Of some alerts about system calls: which fields of the join they carry.' },
  ),
});

const NodeBody = Type.Object({
  cluster: Type.String(),
  node: Type.String({ description: 'Empty if the sensor did not say.' }),
  sensor: Sensor,
  accepted: Count,
  late: Count,
  version: Nullable(Type.String()),
  newest: Nullable(Time),
  lastReceivedAt: Time,
  delayMinMs: Type.Number({
    description:
      'Smallest time from event to receipt in its last one to two minutes; negative: its clock is ahead.',
  }),
  delayMaxMs: Type.Number({ description: 'The largest.' }),
});

const BlindRuleBody = Type.Object({
  rule: Type.String(),
  title: Type.String(),
  level: LevelName,
  path: Type.String(),
  reason: OneOf(
    ['no-events', 'no-fields', 'no-hook', 'needs-rule'],
    'What never came: events of its logsource, its fields, its hook, or a match of a rule it needs.',
  ),
  missing: Texts,
  policies: Type.Array(Type.String(), { description: 'Tetragon policies that bring it.' }),
});

export const DoctorBody = Type.Object({
  since: Type.Unsafe<string>({ ...Time, description: 'When counting began: the start of Eyrie.' }),
  now: Time,
  checks: Type.Array(CheckBody, { description: 'The worst first.' }),
  gapsLastHour: Nullable(
    Type.Integer({ description: 'Times in which sensors lost events; /v1/coverage lists them.' }),
  ),
  sensors: Type.Array(SensorBody),
  files: Type.Array(FileBody, { description: 'Followed files, those furthest behind first.' }),
  filesTotal: Count,
  nodes: Type.Array(NodeBody, { description: 'At most 200, those with the largest delay first.' }),
  nodesTotal: Count,
  rejected: Type.Array(
    Type.Object({
      code: OneOf(REJECTION_CODES),
      count: Count,
      detail: Type.String({ description: 'What was said of the last one.' }),
      lastAt: Time,
      advice: Type.String({ description: 'What to do about it.' }),
    }),
  ),
  skipped: Type.Array(
    Type.Object({
      reason: OneOf(['log-line']),
      count: Count,
      meaning: Type.String(),
    }),
  ),
  refusedRequests: Nullable(
    Type.Array(Type.Object({ status: Type.Integer(), count: Count, lastAt: Time }), {
      description: 'Requests to the intake; null for a token that is limited to some clusters.',
    }),
  ),
  rules: Type.Object({ total: Count, blind: Type.Array(BlindRuleBody) }),
});
