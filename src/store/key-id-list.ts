/** Packs ascending whole numbers as the differences between them, seven bits per byte. */
export function packIds(ascending: readonly number[]): Buffer {
  const bytes: number[] = [];
  let before = 0;
  for (const id of ascending) {
    let rest = id - before;
    before = id;
    while (rest >= 0x80) {
      bytes.push((rest % 0x80) + 0x80);
      rest = Math.floor(rest / 0x80);
    }
    bytes.push(rest);
  }
  return Buffer.from(bytes);
}

export function unpackIds(packed: Uint8Array): number[] {
  const ids: number[] = [];
  let before = 0;
  let value = 0;
  let scale = 1;
  for (const byte of packed) {
    value += (byte % 0x80) * scale;
    scale *= 0x80;
    if (byte >= 0x80) continue;
    before += value;
    ids.push(before);
    value = 0;
    scale = 1;
  }
  return ids;
}
