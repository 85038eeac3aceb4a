/**
 * The candidate that a misspelt word most likely meant, or null if none is close: at most a third
 * of its letters may differ. Equal distances go to the candidate that stands first.
 */
export function nearestWord(word: string, candidates: readonly string[]): string | null {
  let best: string | null = null;
  let bestDistance = Infinity;
  for (const candidate of candidates) {
    const allowed = Math.max(1, Math.floor(candidate.length / 3));
    if (Math.abs(candidate.length - word.length) > allowed) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance <= allowed && distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Levenshtein distance where two swapped neighbors count once, the commonest slip of the keys. */
function editDistance(left: string, right: string): number {
  const width = right.length + 1;
  const costs = Array.from({ length: (left.length + 1) * width }, () => 0);
  const cost = (row: number, column: number): number => costs[row * width + column] ?? 0;
  for (let row = 0; row <= left.length; row++) {
    for (let column = 0; column < width; column++) {
      const edge = row === 0 || column === 0;
      const same = left[row - 1] === right[column - 1];
      let cheapest = edge
        ? row + column
        : Math.min(
            cost(row - 1, column) + 1,
            cost(row, column - 1) + 1,
            cost(row - 1, column - 1) + (same ? 0 : 1),
          );
      if (isSwap({ left, row }, { right, column })) {
        cheapest = Math.min(cheapest, cost(row - 2, column - 2) + 1);
      }
      costs[row * width + column] = cheapest;
    }
  }
  return cost(left.length, right.length);
}

function isSwap(
  { left, row }: { readonly left: string; readonly row: number },
  { right, column }: { readonly right: string; readonly column: number },
): boolean {
  if (row < 2 || column < 2) return false;
  return left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
}
