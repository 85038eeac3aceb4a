import { visibleText } from '../../lib/visible-text.ts';
import type { Level } from '../../model/level.ts';
import { paintLevel, type Painter } from './level-paint.ts';

/** What is drawn of a process; a tree of a database and one of the API both have it. */
export interface ReportedProcess {
  readonly pid: number | null;
  readonly uid: number | null;
  readonly binary: string;
  readonly arguments: string;
  readonly findings: readonly { readonly level: Level; readonly title: string }[];
  readonly children: readonly ReportedProcess[];
}

const COMMAND_CHARS = 110;
const TITLE_CHARS = 80;

/** The processes of an incident as lines with box characters, findings below their process. */
export function processTreeLines(
  roots: readonly ReportedProcess[],
  painter: Painter,
): readonly string[] {
  const lines: string[] = [];
  for (const root of roots) addNode(root, { first: '', rest: '' }, { lines, painter });
  return lines;
}

interface Page {
  readonly lines: string[];
  readonly painter: Painter;
}

/** What stands in front of a node's own line, and of the lines below it. */
interface Indent {
  readonly first: string;
  readonly rest: string;
}

/** Recursion is safe here: the tree was built with a bounded depth. */
function addNode(node: ReportedProcess, indent: Indent, page: Page): void {
  const { lines, painter } = page;
  const pid = node.pid === null ? '' : painter(`  pid ${node.pid}`, 'gray');
  const user = node.uid === null ? '' : painter(` uid ${node.uid}`, 'gray');
  lines.push(`${indent.first}${commandText(node)}${pid}${user}`);
  const bar = node.children.length > 0 ? '│ ' : '  ';
  for (const line of findingLines(node, painter)) lines.push(`${indent.rest}${bar}  ! ${line}`);
  for (const [index, child] of node.children.entries()) {
    const isLast = index === node.children.length - 1;
    const below = {
      first: `${indent.rest}${isLast ? '└─ ' : '├─ '}`,
      rest: `${indent.rest}${isLast ? '   ' : '│  '}`,
    };
    addNode(child, below, page);
  }
}

/** Several findings of one rule in one process are said once. */
function findingLines(node: ReportedProcess, painter: Painter): string[] {
  const counts = new Map<string, number>();
  for (const { level, title } of node.findings) {
    const line = `${paintLevel(level, painter)}: ${visibleText(title, TITLE_CHARS)}`;
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return [...counts].map(([line, count]) => (count === 1 ? line : `${line}  (${count} times)`));
}

function commandText(node: ReportedProcess): string {
  const command = node.arguments === '' ? node.binary : `${node.binary} ${node.arguments}`;
  return command === '' ? '(unknown program)' : visibleText(command, COMMAND_CHARS);
}
