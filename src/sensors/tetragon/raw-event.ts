import type { EventKind } from '../../model/security-event.ts';

/** The kinds that are about a process and have a shape of their own. */
export type TetragonKind = Exclude<EventKind, 'alert' | 'health' | 'other'>;

/** Tetragon's JSON as it comes; the schemas `schemas/tetragon-*.json` say what is expected. */
export interface RawTetragon {
  readonly node_name?: unknown;
  readonly time?: unknown;
}

/** The members of all events together; each kind has some of them. */
export interface RawPayload {
  readonly process?: unknown;
  readonly parent?: unknown;
  readonly ancestors?: unknown;
  /** Of an exit. */
  readonly signal?: unknown;
  readonly status?: unknown;
  readonly time?: unknown;
  /** Of whatever a policy hooks. */
  readonly function_name?: unknown;
  readonly policy_name?: unknown;
  readonly action?: unknown;
  readonly message?: unknown;
  readonly tags?: unknown;
  readonly args?: unknown;
  readonly data?: unknown;
  readonly return?: unknown;
  readonly return_action?: unknown;
  /** Of a tracepoint. */
  readonly subsys?: unknown;
  readonly event?: unknown;
  /** Of an uprobe, a USDT probe or a loader: the file. */
  readonly path?: unknown;
  readonly symbol?: unknown;
  readonly offset?: unknown;
  readonly ref_ctr_offset?: unknown;
  readonly provider?: unknown;
  readonly name?: unknown;
  readonly flags?: unknown;
  readonly ima_hash?: unknown;
  readonly buildid?: unknown;
}

/** Where a connection begins and ends, in events that are about one. */
export interface RawConnection {
  readonly protocol?: unknown;
  readonly source_ip?: unknown;
  readonly source_port?: unknown;
  readonly destination_ip?: unknown;
  readonly destination_port?: unknown;
  /** Of one that waits for connections. */
  readonly ip?: unknown;
  readonly port?: unknown;
}

/** What Tetragon says of itself. */
export interface RawHealth {
  readonly type?: unknown;
  readonly cgroup?: unknown;
  readonly number_of_dropped_process_events?: unknown;
}

export interface RawProcess {
  readonly exec_id?: unknown;
  readonly parent_exec_id?: unknown;
  readonly pid?: unknown;
  readonly tid?: unknown;
  readonly uid?: unknown;
  readonly auid?: unknown;
  readonly user?: unknown;
  readonly binary?: unknown;
  readonly arguments?: unknown;
  readonly cwd?: unknown;
  readonly flags?: unknown;
  readonly start_time?: unknown;
  readonly docker?: unknown;
  readonly pod?: unknown;
}

export interface RawPod {
  readonly namespace?: unknown;
  readonly name?: unknown;
  readonly uid?: unknown;
  readonly workload?: unknown;
  readonly workload_kind?: unknown;
  readonly container?: unknown;
}

export interface RawContainer {
  readonly id?: unknown;
  readonly name?: unknown;
  readonly image?: unknown;
  readonly pid?: unknown;
}
