import { readFile } from 'node:fs/promises';
import type { Micros } from '../model/micros.ts';
import type { Part } from '../model/part.ts';
import { trimPodDump } from './pod-dump.ts';

export interface PodDumps {
  /** One part per file, one record per pod. */
  readonly parts: readonly Part[];
  readonly problems: readonly string[];
}

/** Reads dumps of `kubectl get pods -A -o json`, trimmed: no secret gets past this door. */
export async function readPodDumps(
  paths: readonly string[],
  { cluster, at }: { cluster: string; at: Micros },
): Promise<PodDumps> {
  const parts: Part[] = [];
  const problems: string[] = [];
  for (const path of paths) {
    const trimmed = trimPodDump(await readFile(path, 'utf8'), { cluster, at });
    problems.push(...trimmed.problems.map((problem) => `${path}: ${problem}`));
    const records = trimmed.changes.map((change) => ({
      bytes: Buffer.from(JSON.stringify(change)),
      position: 0,
    }));
    const origin = { kind: 'kubernetes', source: 'dump', cluster } as const;
    if (records.length > 0) parts.push({ origin, receivedAt: at, records });
  }
  return { parts, problems };
}
