/**
 * A bounded memory of recent keys in two generations: when the young one is full it becomes the old
 * one, and what was old is forgotten. Unlike deleting the oldest entry of one map, this never has to
 * walk over the holes that deletions leave behind. Between `max` and twice `max` keys are known.
 */
export interface Generations<Value = string> {
  readonly max: number;
  young: Map<string, Value>;
  old: Map<string, Value>;
}

export const newGenerations = <Value = string>(max: number): Generations<Value> => ({
  max,
  young: new Map(),
  old: new Map(),
});

export const recall = <Value>(memory: Generations<Value>, key: string): Value | undefined =>
  memory.young.get(key) ?? memory.old.get(key);

export function remember<Value>(memory: Generations<Value>, key: string, value: Value): void {
  if (memory.young.size >= memory.max) {
    memory.old = memory.young;
    memory.young = new Map();
  }
  memory.young.set(key, value);
}
