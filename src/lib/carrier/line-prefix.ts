import { Buffer } from 'node:buffer';
import { readCriLine } from './cri-line.ts';

/** What stands in front of an event on its line. */
export interface LinePrefix {
  readonly contentAt: number;
  /** The time the carrier wrote, if it can be a whole one. */
  readonly time: string | null;
}

const OPEN_OBJECT = 0x7b;
const PREFIX_BYTES_MAX = 1024;

const TIME = String.raw`(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:?\d\d)?)`;
const MARK = String.raw`(?:\xEF\xBB\xBF)?`;

/** Who wrote the line: other programs log what an attacker wrote, sensors what they saw. */
const PROGRAM = String.raw`[\w./-]{0,64}(?:falco|tetragon)[\w./-]{0,64}`;
/** Structured data of RFC 5424, whose values are quoted: what is said behind it is none of it. */
const DATA = String.raw`(?:-|(?:\[[^\s\]="]{1,32}(?: [^\s\]="]{1,32}="(?:[^"\\\]]|\\.)*")*\])+)`;
const DAY = String.raw`[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d`;
const TAG = String.raw`${PROGRAM}(?:\[\d{1,10}\])?: ?${MARK}`;

/**
 * Each must match all that stands in front of the object. Text of any other kind is no prefix: a
 * line of a log may quote what an attacker wrote, and that must not become an event.
 */
const FORMS: readonly RegExp[] = [
  // Syslog of RFC 5424, its structured data included.
  new RegExp(
    String.raw`^<\d{1,3}>\d{1,2} (?:${TIME}|-) \S+ ${PROGRAM} \S+ \S+ ${DATA} ?${MARK}$`,
    'i',
  ),
  // Syslog of RFC 3164, also with a newer time; without its priority it needs its host.
  new RegExp(String.raw`^<\d{1,3}>(?:${DAY}|${TIME}) (?:\S+ )?${TAG}$`, 'i'),
  new RegExp(String.raw`^(?:${DAY}|${TIME}) \S+ ${TAG}$`, 'i'),
  // `kubectl logs`, `docker logs` and the like with times, with the pod's name, or both.
  new RegExp(String.raw`^(?:\[[\w./-]{1,300}\] |[\w.-]{1,253} +\| )?${TIME} $`),
  /^(?:\[[\w./-]{1,300}\]|[\w.-]{1,253} +\|) $/,
];

/**
 * The prefix of a line that a runtime, a log service or a tool wrote in front of what the program
 * wrote. With the prefix of a container runtime anything may follow; all others end at an object.
 *
 * @returns null if the line has none, as one that begins with the object itself.
 */
export function readLinePrefix(bytes: Uint8Array): LinePrefix | null {
  if (bytes[0] === OPEN_OBJECT) return null;
  const line = readCriLine(bytes);
  if (line !== null) return { contentAt: line.contentAt, time: latin1(bytes, line.timeEnd) };
  const contentAt = bytes.subarray(0, PREFIX_BYTES_MAX).indexOf(OPEN_OBJECT);
  if (contentAt === -1) return null;
  const text = latin1(bytes, contentAt);
  for (const form of FORMS) {
    const match = form.exec(text);
    if (match !== null) return { contentAt, time: match[1] ?? null };
  }
  return null;
}

const latin1 = (bytes: Uint8Array, end: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, end).toString('latin1');
