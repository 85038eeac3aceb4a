import type { ProcessFacts, SecurityEvent } from '../../model/security-event.ts';
import type { ProcessNode } from '../../model/lineage.ts';
import type { Accessor } from './taxonomy.ts';

const UID_ROOT = 0;

/** Sigma's fields about the process of an event, its parent and its lineage. */
export const PROCESS_FIELDS: readonly (readonly [string, Accessor])[] = [
  ['Image', (event) => event.process?.binary || alertText(event, 'proc.exepath')],
  ['CommandLine', (event) => event.process?.commandLine || alertText(event, 'proc.cmdline')],
  ['CurrentDirectory', (event) => event.process?.cwd || alertText(event, 'proc.cwd')],
  ['User', (event) => userOf(event.process) ?? alertText(event, 'user.name')],
  ['LogonId', (event) => event.process?.loginUid ?? undefined],
  ['ProcessId', (event) => event.process?.pid ?? undefined],
  ['ParentProcessId', (event) => event.parent?.pid ?? undefined],
  [
    'ParentImage',
    (event, enrichment) =>
      event.parent?.binary ||
      alertText(event, 'proc.pexepath') ||
      enrichment?.lineage?.ancestors[0]?.binary ||
      undefined,
  ],
  [
    'ParentCommandLine',
    (event, enrichment) =>
      event.parent?.commandLine ||
      alertText(event, 'proc.pcmdline') ||
      commandLineOf(enrichment?.lineage?.ancestors[0]),
  ],
  [
    'process.entity_id',
    (event, enrichment) =>
      enrichment?.lineage?.process.entityId ?? event.process?.execId ?? undefined,
  ],
  [
    'process.parent.entity_id',
    (event, enrichment) =>
      enrichment?.lineage?.process.parentEntityId ?? event.process?.parentExecId ?? undefined,
  ],
  [
    'process.ancestors',
    (event, enrichment) => {
      const lineage = enrichment?.lineage ?? null;
      if (lineage !== null) return lineage.ancestors.map((ancestor) => ancestor.entityId);
      const parent = event.process?.parentExecId ?? null;
      return parent === null ? undefined : [parent];
    },
  ],
  ['process.join.tier', (_event, enrichment) => enrichment?.join?.tier],
  ['process.join.confidence', (_event, enrichment) => enrichment?.join?.confidence],
];

/** Sigma names users; sensors often know only the number, of which 0 has the same name everywhere. */
function userOf(process: ProcessFacts | null): string | undefined {
  if (process === null) return undefined;
  if (process.user !== null) return process.user;
  if (process.uid === null) return undefined;
  return process.uid === UID_ROOT ? 'root' : String(process.uid);
}

function commandLineOf(process: ProcessNode | undefined): string | undefined {
  if (process === undefined || process.binary === '') return undefined;
  return process.arguments === '' ? process.binary : `${process.binary} ${process.arguments}`;
}

/** A text among Falco's output fields; Falco writes `<NA>` where it has no value. */
function alertText(event: SecurityEvent, key: string): string | undefined {
  const value = event.alert?.fields.get(key);
  return typeof value === 'string' && value !== '' && value !== '<NA>' ? value : undefined;
}
