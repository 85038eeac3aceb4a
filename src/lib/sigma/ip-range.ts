/** A block of addresses: its first address as 16-bit groups (2 for IPv4, 8 for IPv6), and its size. */
export interface IpRange {
  readonly groups: readonly number[];
  readonly prefixBits: number;
}

const GROUP_BITS = 16;
const IPV4_GROUPS = 2;
const IPV6_GROUPS = 8;

/** Reads `10.0.0.0/8` or `fe80::/10`. Answers with what is wrong with it as a text. */
export function parseIpRange(text: string): IpRange | string {
  const match = /^([^/]+)\/(\d{1,3})$/.exec(text.trim());
  const groups = match?.[1] === undefined ? null : parseIp(match[1]);
  if (match === null || groups === null) return `'${text}' is no address block such as 10.0.0.0/8`;
  const prefixBits = Number(match[2]);
  if (prefixBits > groups.length * GROUP_BITS) return `'${text}' has a prefix that is too long`;
  const hasHostBits = groups.some((group, index) => (group & ~groupMask(prefixBits, index)) !== 0);
  return hasHostBits ? `'${text}' has bits set behind its prefix` : { groups, prefixBits };
}

/** Whether a text is an address of the block; text that is no address never is. */
export function isInIpRange(text: string, range: IpRange): boolean {
  const groups = parseIp(text);
  if (groups === null || groups.length !== range.groups.length) return false;
  return groups.every((group, index) => {
    const mask = groupMask(range.prefixBits, index);
    return (group & mask) === ((range.groups[index] ?? 0) & mask);
  });
}

function groupMask(prefixBits: number, index: number): number {
  const bits = Math.min(GROUP_BITS, Math.max(0, prefixBits - index * GROUP_BITS));
  return (0xffff << (GROUP_BITS - bits)) & 0xffff;
}

/** An IPv4 address inside IPv6 (`::ffff:a.b.c.d`), as dual-stack sockets report it, is IPv4. */
function parseIp(text: string): readonly number[] | null {
  if (!text.includes(':')) return parseIpv4(text);
  const groups = parseIpv6(text);
  if (groups === null) return null;
  const isMapped = groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
  return isMapped ? groups.slice(IPV6_GROUPS - IPV4_GROUPS) : groups;
}

function parseIpv4(text: string): number[] | null {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) {
    return null;
  }
  const [first = 0, second = 0, third = 0, fourth = 0] = parts.map(Number);
  return [first * 256 + second, third * 256 + fourth];
}

function parseIpv6(text: string): number[] | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const front = parseGroups(halves[0] ?? '');
  const back = halves.length === 2 ? parseGroups(halves[1] ?? '') : [];
  if (front === null || back === null) return null;
  const missing = IPV6_GROUPS - front.length - back.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  return [...front, ...Array.from({ length: missing }, () => 0), ...back];
}

function parseGroups(text: string): number[] | null {
  if (text === '') return [];
  const groups: number[] = [];
  for (const part of text.split(':')) {
    const dotted = part.includes('.') ? parseIpv4(part) : null;
    if (dotted !== null) groups.push(...dotted);
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return null;
  }
  return groups;
}
