import type { Step } from '../../src/model/batch.ts';
import type { FieldValue, ProcessFacts, SecurityEvent } from '../../src/model/security-event.ts';
import { buildEvent } from '../order/event-builder.ts';
import { buildAlert, buildFacts, eventStep, ref, T } from './enrich-builder.ts';

// A small world of nodes, containers and processes. Both sensors watch it: Tetragon tells of every
// exec and exit and, on request, of what a process does; a fork alone it never tells of. What really
// happened is known, so that each join can be judged.

const MILLI = 1000;
const SECOND = 1000 * MILLI;
const MINUTE = 60 * SECOND;
const FALCO_DELAY = 100 * MILLI;
/** A pid is not given again so soon. */
const PID_REST = 3 * SECOND;
const PIDS_PER_NODE = 12;
const PROC_STEP = 10 * MILLI;
const COMMANDS: readonly (readonly [binary: string, args: string])[] = [
  ['/bin/sh', '-c "sleep 1"'],
  ['/usr/bin/bash', ''],
  ['/usr/bin/curl', 'http://x  -o /tmp/a'],
  ['/usr/sbin/nginx', '-g "daemon off;"'],
];

/** One process from its fork to its exit, whatever programs it runs. */
export interface Task {
  readonly node: string;
  /** Index of its container, null on the host. */
  readonly container: number | null;
  readonly pid: number;
  readonly parent: Task | null;
  readonly forkedAt: number;
  image: Image;
  isGone: boolean;
  /** Did Tetragon tell of it? */
  isTold: boolean;
  /** Commands it executed, or whoever forked it. */
  readonly ran: Set<number>;
}

interface Image {
  readonly execId: string;
  readonly parentExecId: string | null;
  readonly binary: string;
  readonly args: string;
  readonly start: number;
  /** Its newest event by Tetragon. */
  toldBy: string | null;
}

/** An alert, and what it is about. */
export interface Truth {
  readonly task: Task;
  readonly isTold: boolean;
  readonly binary: string;
  readonly args: string;
}

export interface Action {
  readonly kind: 'fork' | 'exec' | 'exit' | 'hook' | 'alert' | 'restart' | 'reboot';
  /** Which of the processes there are. */
  readonly pick: number;
  readonly command: number;
  /** What an alert names. */
  readonly hasPid: boolean;
  readonly hasContainerPid: boolean;
  readonly nodeName: 'full' | 'short' | 'other';
  readonly waitMs: number;
}

const containerId = (index: number): string => `${index}`.repeat(64).replaceAll('0', 'a');

export class ProcessWorld {
  readonly steps: { readonly order: number; readonly step: Step }[] = [];
  readonly truths = new Map<string, Truth>();
  /** By the id of each event of Tetragon: its task, and the event before it of the same image. */
  readonly told = new Map<string, { readonly task: Task; readonly before: string | null }>();
  private now = T;
  private readonly booted = new Map<string, number>();
  private readonly tasks: Task[] = [];
  private readonly freed = new Map<string, number>();
  private count = 0;

  constructor() {
    for (const node of ['node-a.example', 'node-b.example']) this.boot(node);
  }

  act(action: Action): void {
    this.now += action.waitMs * MILLI + MILLI;
    const alive = this.tasks.filter(({ isGone }) => !isGone);
    const task = alive[action.pick % alive.length];
    if (task === undefined) return;
    if (action.kind === 'fork') this.fork(task, action);
    else if (action.kind === 'exec') this.exec(task, action.command);
    else if (action.kind === 'exit') this.exit(task);
    else if (action.kind === 'hook') this.hook(task, action.hasPid);
    else if (action.kind === 'alert') this.alert(task, action);
    else if (action.kind === 'restart') this.restart(task.node);
    else this.reboot(task.node);
  }

  inOrder(): Step[] {
    return this.steps.toSorted((left, right) => left.order - right.order).map(({ step }) => step);
  }

  private boot(node: string): void {
    this.booted.set(node, this.now);
    const image = this.imageOf(node, 1, { binary: '/sbin/init', args: '', parentExecId: null });
    const init: Task = {
      node,
      container: null,
      pid: 1,
      parent: null,
      forkedAt: this.now,
      image,
      isGone: false,
      isTold: false,
      ran: new Set(),
    };
    this.tasks.push(init);
    this.tell(init, 'exec', { flags: 'procFS' });
    for (const container of node.startsWith('node-a') ? [0, 1] : [2]) {
      this.fork(init, null, container);
    }
  }

  private imageOf(
    node: string,
    pid: number,
    rest: Pick<Image, 'binary' | 'args' | 'parentExecId'>,
  ): Image {
    const sinceBoot = this.now - (this.booted.get(node) ?? 0);
    return { execId: `${node}:${sinceBoot}:${pid}`, start: this.now, toldBy: null, ...rest };
  }

  private fork(parent: Task, action: Action | null, container = parent.container): void {
    const { node } = parent;
    const pid = this.freePid(node);
    if (pid === null) return;
    const { binary, args } = parent.image;
    const image = this.imageOf(node, pid, { binary, args, parentExecId: parent.image.execId });
    const child: Task = {
      node,
      container,
      pid,
      parent,
      forkedAt: this.now,
      image,
      isGone: false,
      isTold: false,
      ran: new Set(parent.ran),
    };
    this.tasks.push(child);
    if (action === null) {
      this.now += MILLI;
      this.exec(child, 3);
    }
  }

  private freePid(node: string): number | null {
    const used = new Set(
      this.tasks.filter((task) => task.node === node && !task.isGone).map(({ pid }) => pid),
    );
    for (let pid = 2; pid < PIDS_PER_NODE; pid += 1) {
      const freedAt = this.freed.get(`${node} ${pid}`) ?? -Infinity;
      if (!used.has(pid) && freedAt + PID_REST < this.now) return pid;
    }
    return null;
  }

  private exec(task: Task, command: number): void {
    const [binary, args] = COMMANDS[command % COMMANDS.length] ?? ['', ''];
    // Between two images of one task with one command a new agent sees no difference.
    if (task.pid === 1 || task.ran.has(command)) return;
    task.ran.add(command);
    // The first program of a fork is told as the child of the process that forked it.
    const isFirst = task.image.start === task.forkedAt && task.parent !== null;
    const parentExecId = isFirst ? task.image.parentExecId : task.image.execId;
    task.image = this.imageOf(task.node, task.pid, { binary, args, parentExecId });
    this.tell(task, 'exec', { flags: isFirst ? 'execve clone' : 'execve' });
  }

  private exit(task: Task): void {
    if (task.pid === 1) return;
    task.isGone = true;
    this.freed.set(`${task.node} ${task.pid}`, this.now);
    this.tell(task, 'exit', {});
  }

  /** What a process does is sometimes told by an exec_id that no exec was told by. */
  private hook(task: Task, isOff: boolean): void {
    const { execId, start } = task.image;
    // The fork's own image was never told, so its first word can not differ from it.
    const wasTold = task.isTold && start !== task.forkedAt && !execId.includes('proc');
    if (!isOff || !wasTold) {
      this.tell(task, 'kprobe', {});
      return;
    }
    this.tell(task, 'kprobe', { execId: `${execId}+`, startTime: start - 1300 });
  }

  /** A new agent reads what runs from /proc, where a process starts with its fork. */
  private restart(node: string): void {
    for (const task of this.tasks) {
      if (task.node !== node || task.isGone) continue;
      const start = Math.floor(task.forkedAt / PROC_STEP) * PROC_STEP;
      const execId = `${node}:proc:${start}:${task.pid}`;
      task.image = { ...task.image, execId, start };
      this.tell(task, 'exec', { flags: 'procFS' });
    }
  }

  private reboot(node: string): void {
    for (const task of this.tasks) if (task.node === node) task.isGone = true;
    this.now += 2 * MINUTE;
    this.boot(node);
  }

  private tell(task: Task, kind: 'exec' | 'exit' | 'kprobe', changes: Partial<ProcessFacts>): void {
    const { image, parent, pid } = task;
    const id = this.nextId();
    const event = buildEvent({
      ...this.placeOf(task),
      id,
      kind,
      time: this.now,
      node: task.node,
      process: buildFacts(image.execId, {
        parentExecId: image.parentExecId,
        pid,
        containerPid: task.container === null ? null : pid + 100,
        binary: image.binary,
        arguments: image.args,
        startTime: image.start,
        ...changes,
      }),
      parent:
        parent === null
          ? null
          : buildFacts(image.parentExecId, { pid: parent.pid, startTime: null, binary: '' }),
    });
    task.isTold = true;
    this.told.set(id, { task, before: image.toldBy });
    image.toldBy = id;
    this.push(event, this.now);
  }

  private alert(task: Task, action: Action): void {
    const { binary, args } = task.image;
    const text = args.replaceAll('"', '');
    const name = binary.slice(binary.lastIndexOf('/') + 1);
    const id = this.nextId();
    const parentName = task.parent?.image.binary ?? '';
    const fields: Record<string, FieldValue> = {
      'proc.name': name,
      'proc.cmdline': text === '' ? name : `${name} ${text}`,
      'proc.pname': parentName.slice(parentName.lastIndexOf('/') + 1),
    };
    const pid = action.hasPid ? task.pid : null;
    const containerPid = action.hasContainerPid && task.container !== null ? task.pid + 100 : null;
    const place = this.placeOf(task);
    const event = buildAlert(fields, {
      ...place,
      container: place.container === null ? null : ref(place.container.id.slice(0, 12)),
      id,
      time: this.now,
      node: { full: task.node, short: task.node.split('.')[0] ?? '', other: 'falco-x7k2p' }[
        action.nodeName
      ],
      process: buildFacts(null, {
        pid,
        containerPid,
        binary: '',
        arguments: text,
        commandLine: `${name} ${text}`,
        startTime: null,
      }),
    });
    this.truths.set(id, { task, isTold: task.isTold, binary, args });
    this.push(event, this.now + FALCO_DELAY);
  }

  private placeOf({ container }: Task): Pick<SecurityEvent, 'container' | 'onHost'> {
    return {
      container: container === null ? null : ref(containerId(container)),
      onHost: container === null,
    };
  }

  private push(event: SecurityEvent, order: number): void {
    this.steps.push({ order, step: eventStep({ ...event, orderTime: order }) });
  }

  private nextId(): string {
    this.count += 1;
    return `event-${this.count}`;
  }
}
