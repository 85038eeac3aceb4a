import type { ArrivalsReport } from './arrivals-report.ts';
import { checkClocks } from './check-clocks.ts';
import { checkIntake } from './check-intake.ts';
import { checkRules } from './check-rules.ts';
import { checkSensors } from './check-sensors.ts';
import type { Check, CheckLevel } from './check.ts';

const ORDER: readonly CheckLevel[] = ['fail', 'warn', 'ok'];

/** What the numbers mean and what to do about them, the worst first. */
export function diagnose(report: ArrivalsReport): readonly Check[] {
  const checks = [
    ...checkIntake(report),
    ...checkSensors(report),
    ...checkClocks(report),
    ...checkRules(report),
  ];
  return checks.toSorted((a, b) => ORDER.indexOf(a.level) - ORDER.indexOf(b.level));
}
