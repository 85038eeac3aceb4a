import {
  APPEND_OUTPUT_LINES,
  FALCO_METRICS_LINES,
  TETRAGON_HELM_LINES,
} from '../config/feeding.ts';
import { formatDuration } from '../lib/format-duration.ts';
import { MICROS_PER_SECOND, type Micros } from '../model/micros.ts';
import { type JoinReason, PROCESS_JOINS } from '../model/process-join.ts';
import type {
  AlertFieldsReport,
  ArrivalsReport,
  NodeReport,
  SensorReport,
} from './arrivals-report.ts';
import { type Check, counted, fail, ok, percent, warn } from './check.ts';

/** Tetragon tells of every process; a node where nothing runs for so long is none. */
const SILENCE_MAX: Micros = 600 * MICROS_PER_SECOND;
/** Fewer events say nothing about shares. */
const ENOUGH = 20;
const MOST = 0.95;

const SENSOR_NAMES = { falco: 'Falco', tetragon: 'Tetragon' } as const;

const MORE_TO_FEED =
  'README.md, "Feed it", has the lines for your server, as "npx eyrie init" prints them.';

/** Which sensors arrive, and whether what they send can be joined with processes and pods. */
export function checkSensors(report: ArrivalsReport): readonly Check[] {
  const { sensors, since, now } = report;
  if (sensors.length === 0) {
    const sentence = `Nothing has come since Eyrie was started ${formatDuration(now - since)} ago.`;
    return [fail('nothing-arrived', sentence, { advice: [MORE_TO_FEED] })];
  }
  const falco = sensors.find(({ sensor }) => sensor === 'falco') ?? null;
  const tetragon = sensors.find(({ sensor }) => sensor === 'tetragon') ?? null;
  return [
    ...(falco === null ? [noFalco()] : [arrives(falco, now), ...checkAlertFields(report)]),
    ...(tetragon === null ? [noTetragon()] : [arrives(tetragon, now)]),
    ...(falco === null || tetragon === null ? [] : checkJoins(falco, report)),
    ...sensors.flatMap(checkPods),
  ];
}

function arrives(report: SensorReport, now: Micros): Check {
  const { sensor, accepted, nodes, lastReceivedAt } = report;
  const name = SENSOR_NAMES[sensor];
  const silence = now - (lastReceivedAt ?? now);
  if (sensor === 'tetragon' && silence > SILENCE_MAX) {
    const sentence = `${name} has been silent for ${formatDuration(silence)}.`;
    const advice = ['Look whether its shipper still runs, and whether its log was rotated away.'];
    return warn('sensor-silent', sentence, { advice });
  }
  const sentence = `${name} arrives: ${counted(accepted, 'event')} of ${counted(nodes, 'node')}, the last one ${formatDuration(silence)} ago.`;
  return ok('sensor-arrives', sentence);
}

const noTetragon = (): Check =>
  warn('no-tetragon', 'No event of Tetragon has come: alerts have no process tree.', {
    advice: [`Let Tetragon write its events to a file, and ship it. ${MORE_TO_FEED}`],
    lines: TETRAGON_HELM_LINES,
  });

const noFalco = (): Check =>
  warn('no-falco', 'Nothing of Falco has come. It speaks only when one of its rules matches.', {
    advice: [
      'With these lines in falco.yaml it also sends its own figures, so that you see it is connected.',
      MORE_TO_FEED,
    ],
    lines: FALCO_METRICS_LINES,
  });

/** Falco adds the fields of the join only if it is told to. */
function checkAlertFields({ nodes }: ArrivalsReport): readonly Check[] {
  const remedy = { advice: ['Add these lines to its falco.yaml:'], lines: APPEND_OUTPUT_LINES };
  const unnamed = fieldsMissing(nodes, ({ withContainer }) => withContainer);
  if (unnamed !== null) {
    const { names, sampled, missing } = unnamed;
    const sentence = `Falco on ${names} has no append_output: of ${counted(sampled, 'alert')} looked at, ${missing} name no container and no pod.`;
    return [fail('falco-without-append-output', sentence, remedy)];
  }
  const unpaired = fieldsMissing(nodes, ({ withPid }) => withPid);
  if (unpaired === null) return [];
  const { names, sampled, missing } = unpaired;
  const sentence = `Of ${counted(sampled, 'alert')} of Falco on ${names} that were looked at, ${missing} name no pid: their process can only be guessed from the command line.`;
  return [warn('falco-without-pid', sentence, remedy)];
}

/** The nodes whose alerts lack a field, and how many do; null if there are none. */
function fieldsMissing(
  nodes: readonly NodeReport[],
  withField: (fields: AlertFieldsReport) => number,
): { names: string; sampled: number; missing: number } | null {
  const lacking = nodes.filter(
    ({ alertFields }) => withField(alertFields) < alertFields.sampled * MOST,
  );
  if (lacking.length === 0) return null;
  const sampled = lacking.reduce((sum, { alertFields }) => sum + alertFields.sampled, 0);
  const found = lacking.reduce((sum, { alertFields }) => sum + withField(alertFields), 0);
  const names = listed(new Set(lacking.map(({ node }) => node)));
  return { names, sampled, missing: sampled - found };
}

function checkJoins(falco: SensorReport, { nodes }: ArrivalsReport): readonly Check[] {
  const names = (sensor: SensorReport['sensor']): ReadonlySet<string> =>
    new Set(nodes.filter((node) => node.sensor === sensor).map(({ node }) => node));
  const [ofFalco, ofTetragon] = [names('falco'), names('tetragon')];
  if (![...ofFalco].some((node) => ofTetragon.has(node))) {
    const sentence = `Falco and Tetragon name no node alike: ${listed(ofFalco)} and ${listed(ofTetragon)}.`;
    const advice = [
      'If these are the same machines, set FALCO_HOSTNAME for Falco and NODE_NAME for Tetragon to the same name (in Kubernetes spec.nodeName).',
      'If they are not, the nodes of Falco have no Tetragon and their alerts no process tree.',
    ];
    return [warn('node-names-differ', sentence, { advice })];
  }
  return checkJoinShare(falco);
}

function checkJoinShare({ judged }: SensorReport): readonly Check[] {
  const joins = Object.entries(judged.joins) as [JoinReason, number][];
  const all = joins.reduce((sum, [, count]) => sum + count, 0);
  const missed = joins
    .filter(
      ([reason]) => PROCESS_JOINS[reason].tier === 'none' || PROCESS_JOINS[reason].tier === 'D',
    )
    .toSorted(([, a], [, b]) => b - a);
  const missing = missed.reduce((sum, [, count]) => sum + count, 0);
  const [worst] = missed;
  if (all < ENOUGH || missing * 2 <= all || worst === undefined) return [];
  const sentence = `${percent(missing, all)} of the alerts found no process of Tetragon, mostly: ${PROCESS_JOINS[worst[0]].sentence}`;
  const advice = [
    'Look whether Tetragon runs on every node, and whether its exportDenyList hides what Falco sees (host, kube-system).',
  ];
  return [warn('joins-missing', sentence, { advice })];
}

function checkPods({ sensor, judged, alertFields }: SensorReport): readonly Check[] {
  // Alerts without a container say nothing of pods, which was said already.
  if (alertFields.withContainer < alertFields.sampled * MOST) return [];
  const inContainer = judged.events - judged.onHost;
  if (inContainer < ENOUGH || judged.withPod * 2 >= inContainer) return [];
  const sentence = `${percent(inContainer - judged.withPod, inContainer)} of the events of ${SENSOR_NAMES[sensor]} outside of the host have no pod.`;
  const advice = [
    sensor === 'falco'
      ? 'Falco names pods with append_output and its container plugin (suggested_output).'
      : 'Tetragon names pods if tetragon.enableK8sAPI is true in its Helm values. Containers outside of Kubernetes have none.',
    'A pod dump (npx eyrie serve --pods) tells Eyrie what the sensors do not.',
  ];
  return [warn('pods-missing', sentence, { advice })];
}

const LISTED_MAX = 3;

function listed(names: ReadonlySet<string>): string {
  const shown = [...names].slice(0, LISTED_MAX).map((name) => (name === '' ? '(no name)' : name));
  const more = names.size - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
