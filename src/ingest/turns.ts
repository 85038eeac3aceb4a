/** Lets only so many things be done at the same time. */
export interface Turns {
  /** Does the work when it is its turn; first come, first served. */
  take<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** @param atOnce how many may work at the same time. */
export function createTurns(atOnce: number): Turns {
  const waiting: (() => void)[] = [];
  let free = atOnce;
  return {
    async take(work) {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next === undefined) free += 1;
        else next();
      }
    },
  };
}
