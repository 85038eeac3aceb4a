import type { ProcessFacts } from '../../model/security-event.ts';
import type { FieldReader } from '../field-reader.ts';
import { type OutputFields, textField } from './output-fields.ts';

const NANOS_PER_MICRO = 1000;

/** The process of an alert, as far as the rule's output names it; null if it does not at all. */
export function readProcess(fields: OutputFields, reader: FieldReader): ProcessFacts | null {
  const pid = reader.integer(fields.get('proc.pid'));
  const binary = textField(fields, 'proc.exepath', reader);
  const name = textField(fields, 'proc.name', reader);
  const commandLine = textField(fields, 'proc.cmdline', reader);
  if (pid === null && binary === '' && name === '' && commandLine === '') return null;
  const written = textField(fields, 'proc.args', reader);
  const text = written === '' ? argumentsOf(commandLine, name) : written;
  return {
    execId: null,
    parentExecId: null,
    pid,
    containerPid: reader.integer(fields.get('proc.vpid')),
    binary,
    arguments: text,
    commandLine: commandLine === '' ? joinCommand(name === '' ? binary : name, text) : commandLine,
    cwd: textField(fields, 'proc.cwd', reader),
    uid: reader.uid(fields.get('user.uid')),
    user: reader.textOrNull(fields.get('user.name')),
    loginUid: reader.uid(fields.get('user.loginuid')),
    startTime: readStart(fields.get('proc.pid.ts')),
    flags: '',
  };
}

/** The parent, of which Falco tells little. */
export function readParent(fields: OutputFields, reader: FieldReader): ProcessFacts | null {
  const pid = reader.integer(fields.get('proc.ppid'));
  const binary = textField(fields, 'proc.pexepath', reader);
  const name = textField(fields, 'proc.pname', reader);
  const commandLine = textField(fields, 'proc.pcmdline', reader);
  if (pid === null && binary === '' && name === '' && commandLine === '') return null;
  // The members in the order of `readProcess`: objects of one layout are quicker to read.
  return {
    execId: null,
    parentExecId: null,
    pid,
    containerPid: null,
    binary,
    arguments: argumentsOf(commandLine, name),
    commandLine: commandLine === '' ? name : commandLine,
    cwd: '',
    uid: null,
    user: null,
    loginUid: null,
    startTime: null,
    flags: '',
  };
}

/** Falco's command line is the process's short name, which may hold blanks, then its arguments. */
function argumentsOf(commandLine: string, name: string): string {
  if (name !== '' && commandLine.startsWith(`${name} `)) return commandLine.slice(name.length + 1);
  const blank = commandLine.indexOf(' ');
  return blank === -1 || commandLine === name ? '' : commandLine.slice(blank + 1);
}

const joinCommand = (program: string, args: string): string =>
  args === '' ? program : `${program} ${args}`;

/** A number of nanoseconds beyond 2^53: exact to the microsecond, which is all that is kept. */
function readStart(value: unknown): number | null {
  return typeof value === 'number' && value > 0 ? Math.floor(value / NANOS_PER_MICRO) : null;
}
