import type { Level } from '../model/level.ts';
import type { SensorName } from '../model/origin.ts';

/** What a bearer of a credential may do. Each role may also do what those before it may. */
export const ROLES = ['ingest', 'read', 'analyst', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** A credential for sensors and shippers. The secret itself is not kept, only its SHA-256. */
export interface IngestSecret {
  readonly name: string;
  readonly digest: string;
  readonly cluster: string;
  /** `any`: each record says by its shape which sensor wrote it. */
  readonly sensor: SensorName | 'any';
  readonly latenessMs: number;
}

/** A credential for people and their tools. The token itself is not kept, only its SHA-256. */
export interface AccessToken {
  readonly name: string;
  readonly digest: string;
  readonly role: Role;
  /** Null: all clusters. */
  readonly clusters: readonly string[] | null;
}

/** A file, or all that a pattern finds, to be followed. */
export interface FollowedPath {
  /** Absolute; may hold wildcards. */
  readonly path: string;
  readonly sensor: SensorName | 'any';
  readonly cluster: string;
  readonly latenessMs: number;
  /** Where reading begins in a file that was never read. */
  readonly from: 'start' | 'end';
}

/** Everything that can be set, resolved and frozen. It holds no secret and may be logged. */
export interface Config {
  /** The file it came from, or null if there was none. */
  readonly source: string | null;
  readonly listen: { readonly host: string; readonly port: number };
  readonly database: {
    readonly file: string;
    readonly durability: 'full' | 'os';
    readonly keepMs: number;
    readonly keepBytes: number;
  };
  readonly rules: { readonly directory: string };
  readonly cluster: { readonly name: string };
  readonly ingest: {
    readonly secrets: readonly IngestSecret[];
    readonly bodyBytesMax: number;
    readonly intakeBytesMax: number;
    readonly intakeWaitMs: number;
    readonly falcoIntakeWaitMs: number;
  };
  readonly files: readonly FollowedPath[];
  readonly tokens: readonly AccessToken[];
  readonly incidents: {
    readonly quietPeriodMs: number;
    readonly spanMaxMs: number;
    readonly reopenWindowMs: number;
    readonly revisionHorizonMs: number;
    readonly evidencePerRuleMax: number;
    readonly levelMin: Level;
  };
  /** Without a slash at its end. */
  readonly publicUrl: string | null;
  readonly latenessMs: number;
  /** Somebody asked for an open address without tokens. */
  readonly insecure: boolean;
  /** Things that work but are hardly meant, one sentence each. */
  readonly warnings: readonly string[];
}

/** The shape of `eyrie.yaml` as `schemas/config.json` lets it through. */
export interface RawConfig {
  readonly listen?: { readonly host?: string; readonly port?: number };
  readonly database?: {
    readonly file?: string;
    readonly durability?: 'full' | 'os';
    readonly keepDays?: number;
    readonly keepBytes?: string | number;
  };
  readonly rules?: { readonly directory?: string };
  readonly cluster?: { readonly name?: string };
  readonly ingest?: {
    readonly secrets?: readonly RawSecret[];
    readonly bodyBytesMax?: string | number;
    readonly intakeBytesMax?: string | number;
    readonly intakeWait?: string;
    readonly falcoIntakeWait?: string;
  };
  readonly files?: readonly RawFile[];
  readonly tokens?: readonly RawToken[];
  readonly incidents?: {
    readonly quietPeriod?: string;
    readonly spanMax?: string;
    readonly reopenWindow?: string;
    readonly revisionHorizon?: string;
    readonly evidencePerRuleMax?: number;
    readonly levelMin?: Level;
  };
  readonly publicUrl?: string;
  readonly latenessMs?: number;
}

interface RawSecret {
  readonly name: string;
  readonly secret?: string;
  readonly secretFile?: string;
  readonly cluster?: string;
  readonly sensor?: SensorName;
  readonly latenessMs?: number;
}

export interface RawFile {
  readonly path: string;
  readonly sensor?: SensorName | 'any';
  readonly cluster?: string;
  readonly latenessMs?: number;
  readonly from?: 'start' | 'end';
}

interface RawToken {
  readonly name: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly role: Role;
  readonly clusters?: readonly string[];
}
