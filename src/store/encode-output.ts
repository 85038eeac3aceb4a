import { hash } from 'node:crypto';
import type { Raised } from '../model/batch.ts';
import type { CoverageGap } from '../model/coverage-gap.ts';
import type {
  AuditEntry,
  FoldedFindings,
  Incident,
  IncidentChange,
  PlacedFinding,
  Receipt,
} from '../model/incident.ts';

/** What a batch changed, as it is hashed and stored. */
export interface Output {
  readonly placed: readonly PlacedFinding[];
  readonly folded: readonly FoldedFindings[];
  readonly incidents: readonly Incident[];
  readonly changes: readonly IncidentChange[];
  readonly audit: readonly AuditEntry[];
  readonly receipts: readonly Receipt[];
  /** Left out where there is none. */
  readonly gaps?: readonly CoverageGap[];
}

export interface EncodedOutput {
  /** One canonical JSON text. */
  readonly text: string;
  /** Begin and end in `text` of the JSON of each placed finding, then of each incident. */
  readonly spans: readonly number[];
}

/**
 * The result of a batch as one JSON text. Findings and incidents can be cut out of it by their
 * spans, so that the writer stores them without serializing them a second time.
 */
export function encodeOutput(batch: Raised): EncodedOutput {
  const spans: number[] = [];
  let text = '{"placed":[';
  let separator = '';
  for (const { incidentId, finding } of batch.placed) {
    text += `${separator}{"incidentId":${JSON.stringify(incidentId)},"finding":`;
    spans.push(text.length);
    text += JSON.stringify(finding);
    spans.push(text.length);
    text += '}';
    separator = ',';
  }
  text += `],"folded":${JSON.stringify(batch.folded)},"incidents":[`;
  separator = '';
  for (const incident of batch.incidents) {
    text += separator;
    spans.push(text.length);
    text += JSON.stringify(incident);
    spans.push(text.length);
    separator = ',';
  }
  text += `],"changes":${JSON.stringify(batch.changes)},"audit":${JSON.stringify(batch.audit)}`;
  text += `,"receipts":${JSON.stringify(batch.receipts)}`;
  // Most batches have none, and those of earlier versions never had: their hashes stay what they are.
  if (batch.gaps.length > 0) text += `,"gaps":${JSON.stringify(batch.gaps)}`;
  text += '}';
  return { text, spans };
}

/** SHA-256 in hexadecimal of an encoded output. */
export const hashOutput = (text: string): string => hash('sha256', text, 'hex');
