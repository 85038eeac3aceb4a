/** Logs that Falco's plugins read, told by the names of their fields. */
export type LogFamily = 'kubernetes' | 'cloudtrail' | 'gcp' | 'okta' | 'github';

/** What the names of an alert's fields say about what it is about. */
export interface FieldNames {
  /** The log whose fields these are; null if there is none such field. */
  readonly family: LogFamily | null;
  /** Is there a field of a process, a container, a pod or a descriptor? */
  readonly namesWorkload: boolean;
}

/** What stands in front of the first dot of a plugin's fields. */
const FAMILIES: ReadonlyMap<string, LogFamily> = new Map([
  ['ka', 'kubernetes'],
  ['jevt', 'kubernetes'],
  ['ct', 'cloudtrail'],
  ['s3', 'cloudtrail'],
  ['gcp', 'gcp'],
  ['okta', 'okta'],
  ['github', 'github'],
]);
const WORKLOAD_FIELD = /^(?:proc|container|k8s|k8smeta|fd|thread)\./;

/** Reads the names of the fields, in their order. */
export const fieldNames = (keys: readonly string[]): FieldNames => ({
  family: keys.map(familyOf).find((family) => family !== null) ?? null,
  namesWorkload: keys.some((key) => WORKLOAD_FIELD.test(key)),
});

const familyOf = (key: string): LogFamily | null =>
  FAMILIES.get(key.slice(0, Math.max(0, key.indexOf('.')))) ?? null;

const SYSCALL = 'syscall';
/** Absent in alerts before 0.32, for which falcosidekick then writes the plural. */
const UNSAID_SOURCES: ReadonlySet<string> = new Set(['', 'syscalls']);

/** What Falco itself calls the source of these logs. */
const SOURCE_OF_FAMILY: Readonly<Record<LogFamily, string>> = {
  kubernetes: 'k8s_audit',
  cloudtrail: 'aws_cloudtrail',
  gcp: 'gcp_auditlog',
  okta: 'okta',
  github: 'github',
};

/**
 * The source of an alert in Falco's own word, so that an alert that came through falcosidekick has
 * the same one. Where none was said, the fields of a plugin show which it was.
 */
export function alertSource(written: string, names: FieldNames | null): string {
  if (!UNSAID_SOURCES.has(written)) return written;
  const family = names === null ? null : names.family;
  return family === null ? SYSCALL : SOURCE_OF_FAMILY[family];
}

/**
 * Is the alert about an entry of a log, as plugins read them? An unknown source whose fields name a
 * process, a container or a pod tells of a workload like the system calls do.
 */
export function isLogEntry(source: string, names: FieldNames | null): boolean {
  if (source === SYSCALL) return false;
  return names === null || names.family !== null || !names.namesWorkload;
}
