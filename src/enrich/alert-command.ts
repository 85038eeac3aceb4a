import type { SecurityEvent } from '../model/security-event.ts';
import { hasLostBytes, haveSameArguments, shortName } from './command-key.ts';
import type { ProcessEntry } from './process-entry.ts';

/** What Falco writes where it has no value. */
const NO_VALUE = '<NA>';
const VERSION = /^[-.0-9]+$/;
const LINKED_FOLDER = /^\/s?bin\/$/;

/** The command of an alert, as far as its rule's output names it. */
export interface AlertCommand {
  /** Path of the executable, behind all symbolic links; '' if not told. */
  readonly path: string;
  /** Short names of the program: the kernel's, its path's, its own. Each once. */
  readonly names: readonly string[];
  /** Null if not told, or not told in full. */
  readonly arguments: string | null;
}

/** A text among an alert's output fields; '' if it has none. */
export function alertText(event: SecurityEvent, name: string): string {
  const value = event.alert?.fields.get(name);
  return typeof value === 'string' && value !== NO_VALUE ? value : '';
}

export function commandOf(event: SecurityEvent): AlertCommand {
  const path = event.process === null ? '' : event.process.binary;
  const args = argumentsOf(event);
  const names: string[] = [];
  addName(names, alertText(event, 'proc.name') || programOf(event, args));
  addName(names, path);
  addName(names, alertText(event, 'proc.exe'));
  return { path, names, arguments: args };
}

function addName(names: string[], program: string): void {
  const name = shortName(program);
  if (name !== '' && !names.includes(name)) names.push(name);
}

/** A command line is the kernel's short name of the program, then the arguments. */
function programOf(event: SecurityEvent, args: string | null): string {
  const line = alertText(event, 'proc.cmdline');
  if (args === null || args === '') return args === null ? '' : line;
  return line.endsWith(` ${args}`) ? line.slice(0, -args.length - 1) : '';
}

function argumentsOf(event: SecurityEvent): string | null {
  const isTold = alertText(event, 'proc.cmdline') !== '' || alertText(event, 'proc.args') !== '';
  if (!isTold || event.process === null || hasLostBytes(event.process.commandLine)) return null;
  return event.process.arguments;
}

/** Does the image run the program of the alert? Null if one of the two names none. */
function hasProgram({ process }: ProcessEntry, { path, names }: AlertCommand): boolean | null {
  if (process.binary === '' || (path === '' && names.length === 0)) return null;
  return process.binary === path || names.includes(shortName(process.binary));
}

function hasArguments({ process }: ProcessEntry, command: AlertCommand): boolean | null {
  return command.arguments === null
    ? null
    : haveSameArguments(process.arguments, command.arguments);
}

/** Does the alert tell anything of its command? */
export const tellsCommand = ({ path, names, arguments: args }: AlertCommand): boolean =>
  path !== '' || names.length > 0 || args !== null;

/** Both the program and the arguments are known and the same. */
export const hasCommand = (image: ProcessEntry, command: AlertCommand): boolean =>
  hasProgram(image, command) === true && hasArguments(image, command) === true;

/** Nothing known speaks against it and something speaks for it. */
export function mayHaveCommand(image: ProcessEntry, command: AlertCommand): boolean {
  const [program, args] = [hasProgram(image, command), hasArguments(image, command)];
  return program !== false && args !== false && (program === true || args === true);
}

/**
 * Neither the path nor any name of the alert's program is the image's: an exec in between was not
 * seen. Of links only those to a version are told here; through others a program keeps its name.
 */
export function hasOtherProgram(image: ProcessEntry, command: AlertCommand): boolean {
  if (hasProgram(image, command) !== false) return false;
  const binary = shortName(image.process.binary);
  return !command.names.some((name) => isVersionOf(name, binary) || isVersionOf(binary, name));
}

/** Such as `python3.13` of `python3`. */
const isVersionOf = (long: string, short: string): boolean =>
  short !== '' && long.startsWith(short) && VERSION.test(long.slice(short.length));

/**
 * Does the alert's path lie in another folder than the image's? Links lead from a name to another
 * one beside it; who has the same name elsewhere is somebody else, or says so.
 */
export function isElsewhere({ process }: ProcessEntry, { path }: AlertCommand): boolean {
  if (!path.startsWith('/') || !process.binary.startsWith('/')) return false;
  return folderOf(path) !== folderOf(process.binary);
}

/** Of a system where `/bin` and `/sbin` are links into `/usr`, whether this is one or not. */
function folderOf(path: string): string {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  return LINKED_FOLDER.test(folder) ? `/usr${folder}` : folder;
}

/**
 * Is the alert's process the child of one with its own name, and the image is not? Then the alert
 * speaks of a fork that never executed anything, of which Tetragon did not tell.
 */
export function looksLikeItsFork(
  { process, lineage }: ProcessEntry,
  event: SecurityEvent,
  { names }: AlertCommand,
): boolean {
  const parentName = shortName(alertText(event, 'proc.pname'));
  if (parentName === '' || !names.includes(parentName)) return false;
  // The images that had the pid before it are the process itself, not its parent.
  const parent = lineage.ancestors.find(({ pid }) => pid !== process.pid);
  return parent !== undefined && parent.binary !== '' && shortName(parent.binary) !== parentName;
}
