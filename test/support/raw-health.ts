// What sensors say of themselves, as Falco 0.44 and Tetragon 1.6 write it.

const iso = (timeMs: number): string => new Date(timeMs).toISOString().replace('Z', '000000Z');

const record = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

const internal = (node: string, timeMs: number, rest: Record<string, unknown>): Uint8Array =>
  record({ hostname: node, ...rest, source: 'internal', time: iso(timeMs) });

/** Falco tells of events that it lost in the second before. */
export const falcoDrop = (node: string, timeMs: number, lost: number): Uint8Array =>
  internal(node, timeMs, {
    output: `Falco internal: syscall event drop. ${lost} system calls dropped in last second.`,
    output_fields: {
      ebpf_enabled: '1',
      n_drops: String(lost),
      n_drops_buffer_total: String(lost),
      n_drops_bug: '0',
      n_evts: '355250',
    },
    priority: 'Debug',
    rule: 'Falco internal: syscall event drop',
  });

export interface RawTotals {
  readonly node: string;
  readonly timeMs: number;
  readonly startMs: number;
  readonly drops: number;
  readonly queueDrops?: number;
}

/** Falco's running totals since its start. */
export const falcoMetrics = (totals: RawTotals): Uint8Array => {
  const { node, timeMs, startMs, drops, queueDrops = 0 } = totals;
  // Nanoseconds do not fit a number; Falco writes them as one all the same.
  const text = JSON.stringify({
    hostname: node,
    output: 'Falco metrics snapshot',
    output_fields: {
      'evt.source': 'syscall',
      'falco.outputs_queue_num_drops': queueDrops,
      'falco.start_ts': 'START',
      'falco.version': '0.44.1',
      'scap.engine_name': 'modern_bpf',
      'scap.n_drops': drops,
      'scap.n_drops_perc': 1.5,
      'scap.n_evts': drops + 1000,
    },
    priority: 'Informational',
    rule: 'Falco internal: metrics snapshot',
    source: 'internal',
    time: iso(timeMs),
  });
  return Buffer.from(text.replace('"START"', `${startMs}000000`));
};

export const tetragonRateLimit = (node: string, timeMs: number, lost: number): Uint8Array =>
  record({
    rate_limit_info: { number_of_dropped_process_events: String(lost) },
    node_name: node,
    time: iso(timeMs),
  });

export const tetragonThrottle = (
  node: string,
  timeMs: number,
  { cgroup, starts }: { readonly cgroup: string; readonly starts: boolean },
): Uint8Array =>
  record({
    process_throttle: { type: starts ? 'THROTTLE_START' : 'THROTTLE_STOP', cgroup },
    node_name: node,
    time: iso(timeMs),
  });
