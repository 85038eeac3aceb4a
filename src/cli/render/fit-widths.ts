/**
 * Shares a number of characters out among columns: those that need less than their even share get
 * what they need, and what they leave goes to the others.
 */
export function fitWidths(needs: readonly number[], available: number): readonly number[] {
  const widths = needs.map(() => 0);
  const open = new Set(needs.keys());
  let left = available;
  while (open.size > 0) {
    const even = Math.floor(left / open.size);
    const modest = [...open].filter((index) => (needs[index] ?? 0) <= even);
    // When all want more than their share, all get the same.
    const served = modest.length === 0 ? [...open] : modest;
    for (const index of served) {
      const width = Math.min(needs[index] ?? 0, even);
      widths[index] = width;
      left -= width;
      open.delete(index);
    }
  }
  return widths;
}
