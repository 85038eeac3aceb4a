import { Presets, SingleBar } from 'cli-progress';
import type { Terminal } from './terminal.ts';

export interface ReplayProgress {
  readonly bytes: number;
  readonly totalBytes: number | null;
  readonly events: number;
}

export interface ProgressBar {
  update(progress: ReplayProgress): void;
  stop(): void;
}

const MEBIBYTE = 1 << 20;
const SILENT_BAR: ProgressBar = { update: () => undefined, stop: () => undefined };

const inMebibytes = (bytes: number): number => Math.round((bytes / MEBIBYTE) * 10) / 10;

/** A bar on standard error if that is a terminal; otherwise nothing is shown. */
export function createProgressBar(terminal: Terminal, doing: string): ProgressBar {
  const stream = terminal.progressStream;
  if (stream === null) return SILENT_BAR;
  const bar = new SingleBar(
    {
      stream,
      format: `${doing} [{bar}] {percentage} %  {value} of {total} MiB  {events} events`,
      hideCursor: true,
      // Without a known size a bar would lie; counting is all that is left then.
      clearOnComplete: true,
    },
    Presets.shades_classic,
  );
  let isStarted = false;
  return {
    update: ({ bytes, totalBytes, events }) => {
      const total = Math.max(inMebibytes(totalBytes ?? bytes), 0.1);
      if (!isStarted) bar.start(total, 0, { events: 0 });
      isStarted = true;
      bar.setTotal(total);
      bar.update(Math.min(inMebibytes(bytes), total), { events });
    },
    stop: () => {
      if (isStarted) bar.stop();
    },
  };
}
