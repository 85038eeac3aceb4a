import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ChildMessage, ChildOptions } from './child-protocol.ts';

const CHILD = fileURLToPath(new URL('serve-child.ts', import.meta.url));
const READY_TIMEOUT_MS = 30_000;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One life of the server. */
export interface ServerProcess {
  readonly url: string;
  /** Everything it said, in order; complete once `ended` has settled. */
  readonly messages: readonly ChildMessage[];
  /** Settles with the next message of a kind that comes from now on; rejects when it ends before. */
  next(kind: ChildMessage['kind']): Promise<ChildMessage>;
  /** Settles when the process has ended and all it said has been read. */
  readonly ended: Promise<Ended>;
  signal(name: 'SIGKILL' | 'SIGTERM'): void;
  /** What it wrote to standard error. */
  stderr(): string;
}

/** A process that ended before it served. */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly ended: Ended;

  constructor(ended: Ended, stderr: string) {
    super(`The server ended with ${ended.code ?? ended.signal} before it was ready:\n${stderr}`);
    this.ended = ended;
  }
}

const spawnChild = (options: ChildOptions): ChildProcess =>
  spawn(process.execPath, [CHILD, JSON.stringify(options)], {
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });

/** Starts the server and kills it so soon that it may still be recovering. */
export async function startAndKill(options: ChildOptions, afterMs: number): Promise<void> {
  const child = spawnChild(options);
  const ended = endOf(child);
  await sleep(afterMs);
  child.kill('SIGKILL');
  await ended;
}

/** Starts the server and waits until it serves. Throws a StartError if it ends before that. */
export async function startProcess(options: ChildOptions): Promise<ServerProcess> {
  const child = spawnChild(options);
  const messages: ChildMessage[] = [];
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8');
  });
  child.on('message', (message) => messages.push(message as ChildMessage));
  const ended = endOf(child);
  const next = (kind: ChildMessage['kind']): Promise<ChildMessage> =>
    nextMessage(child, kind, ended);
  const timer = setTimeout(() => child.kill('SIGKILL'), READY_TIMEOUT_MS);
  const ready = await next('ready').catch(async () => {
    throw new StartError(await ended, stderr);
  });
  clearTimeout(timer);
  return {
    url: ready.kind === 'ready' ? ready.url : '',
    messages,
    next,
    ended,
    signal: (name) => void child.kill(name),
    stderr: () => stderr,
  };
}

async function endOf(child: ChildProcess): Promise<Ended> {
  const exited = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  const disconnected = new Promise<void>((resolve) => {
    child.once('disconnect', () => resolve());
  });
  await disconnected;
  return exited;
}

function nextMessage(
  child: ChildProcess,
  kind: ChildMessage['kind'],
  ended: Promise<Ended>,
): Promise<ChildMessage> {
  return new Promise((resolve, reject) => {
    const look = (message: unknown): void => {
      if ((message as ChildMessage).kind !== kind) return;
      child.off('message', look);
      resolve(message as ChildMessage);
    };
    child.on('message', look);
    void ended.then(() => reject(new Error(`It ended before it said ${kind}.`)));
  });
}

const LOWEST_PORT = 18_000;
const PORTS = 10_000;

/**
 * A free port below those that outgoing connections get, so that nobody takes it while the server
 * is down between two rounds.
 */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = LOWEST_PORT + Math.floor(Math.random() * PORTS);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
