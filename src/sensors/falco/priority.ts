/** Falco's priorities by syslog number. */
const PRIORITIES = [
  'emergency',
  'alert',
  'critical',
  'error',
  'warning',
  'notice',
  'informational',
  'debug',
] as const;

const SHORT_FORMS = new Map([
  ['emerg', 'emergency'],
  ['crit', 'critical'],
  ['err', 'error'],
  ['warn', 'warning'],
  ['info', 'informational'],
]);

const DIGIT = /^\d$/;

/** A priority in lower case, whatever form a program on the way gave it; `unknown` if it is none. */
export function readPriority(value: unknown): string {
  if (typeof value === 'number') return PRIORITIES[value] ?? 'unknown';
  if (typeof value !== 'string') return 'unknown';
  if (DIGIT.test(value)) return PRIORITIES[Number(value)] ?? 'unknown';
  const name = value.trim().toLowerCase();
  if ((PRIORITIES as readonly string[]).includes(name)) return name;
  return SHORT_FORMS.get(name) ?? 'unknown';
}
