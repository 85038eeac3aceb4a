import type { Engine } from './engine.ts';
import type { Logger } from './telemetry/log.ts';

export interface RunningServer {
  readonly url: string;
  /** Stops intake, drains, writes a snapshot, closes. */
  stop(): Promise<void>;
  /** The exit code, once the server has ended by itself or by `stop`. */
  readonly done: Promise<number>;
}

/** Exit code of a fault of Eyrie itself. */
const INTERNAL_FAULT = 70;

/** What there is to end. */
interface Running {
  readonly engine: Engine;
  readonly url: string;
  readonly close: () => Promise<void>;
  readonly log: Logger;
}

/** Ends in good order when it is asked to, or when the engine can not go on. */
export function runUntilStopped({ engine, url, close, log }: Running): RunningServer {
  const ended = engine.done.then(
    () => 0,
    (error: unknown) => {
      log.error({ err: error }, 'Eyrie can not go on and ends; start it again.');
      return INTERNAL_FAULT;
    },
  );
  let stopping: Promise<void> | null = null;
  const stop = async (): Promise<void> => {
    log.info({ url }, 'Eyrie is stopping: what came is judged and answered.');
    // Should the engine fail on its last way, its end says so; everything is closed all the same.
    await engine.stop().catch(() => {});
    await close();
    log.info({ url }, 'Eyrie has stopped.');
  };
  const finish = async (): Promise<number> => {
    const code = await ended;
    await (stopping ??= close());
    return code;
  };
  return { url, stop: () => (stopping ??= stop()), done: finish() };
}
