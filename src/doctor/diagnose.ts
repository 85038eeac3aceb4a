import type { ArrivalsReport } from './arrivals-report.ts';
import { checkClocks } from './check-clocks.ts';
import { checkIntake } from './check-intake.ts';
import { checkRules } from './check-rules.ts';
import { checkSensors } from './check-sensors.ts';
import { type Check, type CheckLevel, counted, fail, warn } from './check.ts';

const ORDER: readonly CheckLevel[] = ['fail', 'warn', 'ok'];

/** What the doctor has to know beside what arrived. */
export interface Surroundings {
  /** Times in the last hour in which sensors lost events; null if nobody knows. */
  readonly gapsLastHour: number | null;
  readonly files: readonly FollowedSource[];
}

/** A file that Eyrie reads while it grows. */
export interface FollowedSource {
  readonly path: string;
  readonly behindBytes: number;
  readonly error: string | null;
}

/** What the numbers mean and what to do about them, the worst first. */
export function diagnose(report: ArrivalsReport, around: Surroundings): readonly Check[] {
  const checks = [
    ...checkIntake(report),
    ...checkSensors(report),
    ...checkFiles(around.files),
    ...checkGaps(around.gapsLastHour ?? 0),
    ...checkClocks(report),
    ...checkRules(report),
  ];
  return checks.toSorted((a, b) => ORDER.indexOf(a.level) - ORDER.indexOf(b.level));
}

function checkGaps(gaps: number): readonly Check[] {
  if (gaps === 0) return [];
  const sentence = `Sensors told of ${counted(gaps, 'gap')} in what they saw in the last hour.`;
  const advice = ['GET /v1/coverage lists when, where and why; incidents of that time say so too.'];
  return [warn('coverage-gaps', sentence, { advice })];
}

/** More than a busy node writes while a file is looked at again. */
const BEHIND_BYTES_MAX = 16 * 2 ** 20;

function checkFiles(files: readonly FollowedSource[]): readonly Check[] {
  const behind = files.filter(({ behindBytes }) => behindBytes > BEHIND_BYTES_MAX);
  return [
    ...files.flatMap(({ path, error }) =>
      error === null
        ? []
        : [
            fail('file-unreadable', `The followed file ${path} can not be read: ${error}`, {
              advice: ['Look at its path below files in eyrie.yaml, and at who may read it.'],
            }),
          ],
    ),
    ...behind.map(({ path, behindBytes }) => {
      const size = `${Math.round(behindBytes / 2 ** 20)} MiB`;
      const sentence = `${size} of the followed file ${path} are not read yet.`;
      return warn('file-behind', sentence, {
        advice: ['That is normal for a while after a start; if it grows, look at /v1/status.'],
      });
    }),
  ];
}
