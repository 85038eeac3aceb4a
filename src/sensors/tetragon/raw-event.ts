/** The kinds that are read. */
export type TetragonKind = 'exec' | 'exit' | 'kprobe';

/** Tetragon's JSON as it comes; the schemas `schemas/tetragon-*.json` say what is expected. */
export interface RawTetragon {
  readonly process_exec?: unknown;
  readonly process_exit?: unknown;
  readonly process_kprobe?: unknown;
  readonly node_name?: unknown;
  readonly time?: unknown;
}

export interface RawPayload {
  readonly process?: unknown;
  readonly parent?: unknown;
  /** Of an exit. */
  readonly signal?: unknown;
  readonly status?: unknown;
  readonly time?: unknown;
  /** Of a kprobe. */
  readonly function_name?: unknown;
  readonly policy_name?: unknown;
  readonly action?: unknown;
  readonly message?: unknown;
  readonly return?: unknown;
  readonly args?: unknown;
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
