import { readFile } from 'node:fs/promises';
import type { Micros } from '../model/micros.ts';
import type { KubernetesChange } from '../model/observation.ts';
import type { Part } from '../model/part.ts';
import { InputError } from './input-error.ts';
import { trimPodDump } from './pod-dump.ts';

export interface PodDumps {
  /** One list per file. The time of each change is still to be set. */
  readonly changes: readonly (readonly KubernetesChange[])[];
  readonly problems: readonly string[];
}

/**
 * Reads dumps of `kubectl get pods -A -o json`, trimmed: no secret gets past this door.
 *
 * @throws InputError if nothing in a file can be read; parts that can not are named in `problems`.
 */
export async function readPodDumps(paths: readonly string[], cluster: string): Promise<PodDumps> {
  const changes: (readonly KubernetesChange[])[] = [];
  const problems: string[] = [];
  for (const path of paths) {
    const trimmed = trimPodDump(await readFile(path, 'utf8'), { cluster, at: 0 });
    if (!trimmed.usable) throw new InputError(`${path}: ${trimmed.problems[0] ?? 'no pods in it'}`);
    problems.push(...trimmed.problems.map((problem) => `${path}: ${problem}`));
    changes.push(trimmed.changes);
  }
  return { changes, problems };
}

/** What was read of the dumps as one part per file, one record per pod, as of a time. */
export function podDumpParts(dumps: PodDumps, cluster: string, at: Micros): Part[] {
  const origin = { kind: 'kubernetes', source: 'dump', cluster } as const;
  return dumps.changes.flatMap((changes) => {
    if (changes.length === 0) return [];
    const records = changes.map((change) => ({
      bytes: Buffer.from(JSON.stringify({ ...change, at })),
      position: 0,
    }));
    return [{ origin, receivedAt: at, records }];
  });
}
