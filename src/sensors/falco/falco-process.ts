import type { ProcessFacts } from '../../model/security-event.ts';
import type { FieldReader } from '../field-reader.ts';
import { microsOfNanos } from './epoch-nanos.ts';
import { type OutputFields, textField } from './output-fields.ts';

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
    startTime: microsOfNanos(fields.get('proc.pid.ts')),
    flags: '',
  };
}

/** Where the parent is found: under names of its own, else as the first of the ancestors. */
interface ParentNames {
  readonly pid: string;
  readonly binary: string;
  readonly name: string;
  readonly commandLine: string;
}

const PARENT: ParentNames = {
  pid: 'proc.ppid',
  binary: 'proc.pexepath',
  name: 'proc.pname',
  commandLine: 'proc.pcmdline',
};
const FIRST_ANCESTOR: ParentNames = {
  pid: 'proc.apid[1]',
  binary: 'proc.aexepath[1]',
  name: 'proc.aname[1]',
  commandLine: 'proc.acmdline[1]',
};

/**
 * The parent, of which Falco tells little.
 *
 * @param namesAncestors are there fields of numbered ancestors at all?
 */
export function readParent(
  fields: OutputFields,
  namesAncestors: boolean,
  reader: FieldReader,
): ProcessFacts | null {
  let pid = reader.integer(fields.get(PARENT.pid));
  let binary = textField(fields, PARENT.binary, reader);
  let name = textField(fields, PARENT.name, reader);
  let commandLine = textField(fields, PARENT.commandLine, reader);
  if (namesAncestors) {
    pid ??= reader.integer(fields.get(FIRST_ANCESTOR.pid));
    binary ||= textField(fields, FIRST_ANCESTOR.binary, reader);
    name ||= textField(fields, FIRST_ANCESTOR.name, reader);
    commandLine ||= textField(fields, FIRST_ANCESTOR.commandLine, reader);
  }
  if (pid === null && binary === '' && name === '' && commandLine === '') return null;
  // The members in the order of `readProcess`: objects of one layout are quicker to read.
  return {
    execId: null,
    parentExecId: null,
    pid,
    containerPid: reader.integer(fields.get('proc.pvpid')),
    binary,
    arguments: argumentsOf(commandLine, name),
    commandLine: commandLine === '' ? name : commandLine,
    cwd: '',
    uid: null,
    user: null,
    loginUid: null,
    startTime: microsOfNanos(fields.get('proc.ppid.ts')),
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
