import { setTimeout as sleep } from 'node:timers/promises';
import { LIMITS } from '../../../src/config/limits.ts';
import type { ChildMessage, ChildOptions } from '../support/child-protocol.ts';
import { type ServerProcess, startAndKill, startProcess } from '../support/server-process.ts';
import type { Senders } from './senders.ts';

/** When a life of the server is ended. */
export type KillMoment = 'random' | 'snapshot' | 'answer';

export interface Life {
  readonly life: number;
  readonly moment: KillMoment;
  /** Wall time at which it was ready, in milliseconds. */
  readonly beganMs: number;
  readonly killedMs: number;
  /** How long it took from its start until it served. */
  readonly startMs: number;
  /** Events answered in it. */
  readonly answered: number;
  /** A snapshot had begun to be written and had not ended. */
  readonly cutSnapshot: boolean;
}

export interface RoundOptions {
  readonly child: Omit<ChildOptions, 'hold'>;
  readonly senders: Senders;
  readonly hold: { readonly minMs: number; readonly maxMs: number };
  /** Is the hold only for rounds that are to be ended behind a commit? */
  readonly holdAlways: boolean;
}

const START_MS = 1_000;
const LIFE_MIN_MS = 1_200;
const LIFE_SPREAD_MS = 1_800;
/** Some lives outlast the grace of the start, so that ticks move the watermark in them. */
const LONG_LIFE_MS = LIMITS.startGraceMs + 1_500;
const LONG_LIFE_EVERY = 10;
const SNAPSHOT_WAIT_MAX_MS = 4_000;
const SNAPSHOT_DELAY_MS = 3;

/** One round: starts the server, lets the clients at it and ends it with SIGKILL. */
export async function playRound(
  life: number,
  moment: KillMoment,
  { child, senders, hold, holdAlways }: RoundOptions,
): Promise<Life> {
  // Every third time it does not even get through its recovery before it is killed again.
  if (moment === 'random') await startAndKill({ ...child, hold: null }, Math.random() * START_MS);
  const startedMs = performance.now();
  const holds = holdAlways || moment === 'answer';
  const server = await startProcess({ ...child, hold: holds ? hold : null });
  const startMs = performance.now() - startedMs;
  const beganMs = Date.now();
  const answeredBefore = senders.answered;
  senders.life = life;
  await sleep(lifeMs(life));
  await waitFor(moment, server);
  const killedMs = Date.now();
  const answered = senders.answered - answeredBefore;
  server.signal('SIGKILL');
  senders.life = null;
  const { signal, code } = await server.ended;
  if (signal !== 'SIGKILL') throw new Error(`It ended with ${code}:\n${server.stderr()}`);
  const cutSnapshot = endsInSnapshot(server.messages);
  return { life, moment, beganMs, killedMs, startMs, answered, cutSnapshot };
}

const lifeMs = (life: number): number =>
  life % LONG_LIFE_EVERY === 1 ? LONG_LIFE_MS : LIFE_MIN_MS + Math.random() * LIFE_SPREAD_MS;

async function waitFor(moment: KillMoment, server: ServerProcess): Promise<void> {
  if (moment === 'answer') await server.next('commit-done');
  if (moment !== 'snapshot') return;
  const timeout = sleep(SNAPSHOT_WAIT_MAX_MS, undefined, { ref: false });
  await Promise.race([server.next('snapshot-began'), timeout]);
  await sleep(Math.random() * SNAPSHOT_DELAY_MS);
}

function endsInSnapshot(messages: readonly ChildMessage[]): boolean {
  const last = messages.findLast(
    ({ kind }) => kind === 'snapshot-began' || kind === 'snapshot-ended',
  );
  return last?.kind === 'snapshot-began';
}
