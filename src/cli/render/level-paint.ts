import type { Level } from '../../model/level.ts';
import type { Paint } from '../terminal.ts';

/** Colors text, or leaves it as it is where no colors are wanted. */
export type Painter = (text: string, paint: Paint) => string;

export const plainPainter: Painter = (text) => text;

const PAINTS: Readonly<Record<Level, Paint>> = {
  informational: 'gray',
  low: 'cyan',
  medium: 'yellow',
  high: 'red',
  critical: 'magenta',
};

/** A level in its color. */
export const paintLevel = (level: Level, painter: Painter): string => painter(level, PAINTS[level]);
