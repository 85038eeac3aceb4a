import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const CORES_ALLOWED = 2;
const POLL_MS = 50;
const KIBIBYTE = 1024;

/** A program under test, in a process of its own and on two cores. */
export interface EyrieProcess {
  readonly child: ChildProcess;
  /** Highest resident size seen so far, in bytes. */
  peakBytes(): number;
  /** Resolves with the exit code, or null after a signal. */
  readonly ended: Promise<number | null>;
  /** Everything it wrote to standard error. */
  errors(): string;
}

/** Where there are more than two cores, the program is held to two of them. */
function commandOf(args: readonly string[]): readonly [string, readonly string[]] {
  const command = [process.execPath, MAIN, ...args];
  if (process.platform !== 'linux' || availableParallelism() <= CORES_ALLOWED) {
    return [process.execPath, command.slice(1)];
  }
  return ['taskset', ['-c', '0,1', ...command]];
}

/** Starts Eyrie. Its standard output goes to a file, or comes back through the child's pipe. */
export function startEyrie(
  args: readonly string[],
  outputFile: string | null = null,
): EyrieProcess {
  const [program, programArgs] = commandOf(args);
  const output = outputFile === null ? 'pipe' : openSync(outputFile, 'w');
  const child = spawn(program, programArgs, { stdio: ['ignore', output, 'pipe'] });
  let errors = '';
  let peak = 0;
  child.stderr?.on('data', (text: Buffer) => {
    errors += text.toString('utf8');
  });
  const poll = setInterval(() => {
    peak = Math.max(peak, residentPeak(child.pid));
  }, POLL_MS);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(poll);
      if (typeof output === 'number') closeSync(output);
      resolve(code);
    });
  });
  return { child, peakBytes: () => peak, ended, errors: () => errors };
}

/** The kernel keeps the peak itself; polling only has to happen before the process is gone. */
function residentPeak(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * KIBIBYTE;
  } catch {
    return 0;
  }
}

export interface Server extends EyrieProcess {
  readonly url: string;
}

/** Starts `eyrie serve` and waits for its address. */
export async function startServer(args: readonly string[]): Promise<Server> {
  const eyrie = startEyrie(['serve', '--port', '0', '--log-level', 'warn', ...args]);
  const url = await new Promise<string>((resolve, reject) => {
    let output = '';
    eyrie.child.stdout?.on('data', (text: Buffer) => {
      output += text.toString('utf8');
      const found = /^Eyrie listens on (\S+)$/m.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    });
    eyrie.ended.then(
      (code) => reject(new Error(`eyrie serve ended with ${code}: ${eyrie.errors()}`)),
      reject,
    );
  });
  return { ...eyrie, url };
}

/** Asks it to end, and waits. */
export async function stopServer(server: Server): Promise<number | null> {
  server.child.kill('SIGTERM');
  return server.ended;
}

/** Runs a script of this folder in a process of its own and reads the JSON it prints. */
export async function runScript(name: string, args: readonly string[]): Promise<unknown> {
  const script = fileURLToPath(new URL(name, import.meta.url));
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (text: Buffer) => {
    output += text.toString('utf8');
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`${name} ended with ${code}`);
  return JSON.parse(output) as unknown;
}
