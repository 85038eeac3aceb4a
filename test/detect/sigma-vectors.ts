import { existsSync, readFileSync } from 'node:fs';

/** Vectors of other engines and of the specification; they lie beside the repository, not in it. */
const FOLDER = '../shared/data/sigma-vectors';

export const haveVectors = existsSync(FOLDER);
if (!haveVectors) console.warn(`No Sigma vectors at ${FOLDER}: their tests did not run.`);

/** The lines of one file of vectors; none when they are not there. */
export function readVectors<Vector>(name: string): Vector[] {
  if (!haveVectors) return [];
  const lines = readFileSync(`${FOLDER}/${name}.jsonl`, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Vector);
}
