import type { FieldShape, LogFamily } from './field-shape.ts';

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
export function readSource(written: string, shape: FieldShape | null): string {
  if (!UNSAID_SOURCES.has(written)) return written;
  const family = shape?.family ?? null;
  return family === null ? SYSCALL : SOURCE_OF_FAMILY[family];
}

/**
 * Is the alert about an entry of a log, as plugins read them? An unknown source whose fields name a
 * process, a container or a pod tells of a workload like the system calls do.
 */
export function isLogEntry(source: string, shape: FieldShape | null): boolean {
  if (source === SYSCALL) return false;
  return shape === null || shape.family !== null || !shape.namesWorkload;
}
