import { existsSync, readdirSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitBody } from '../../../src/ingest/split-records.ts';
import type { Arrival } from '../../../src/model/batch.ts';
import { createSensorsRoom, type SensorsRoom } from '../../../src/sensors/sensors-room.ts';
import { RepeatedProcesses } from '../../../src/sensors/tetragon/repeated-processes.ts';
import { FieldReader } from '../../../src/sensors/field-reader.ts';
import { TimeReader } from '../../../src/sensors/event-time.ts';
import {
  alert,
  exec,
  exit,
  FILE_ORIGIN,
  kprobe,
  RECEIVED_AT,
  tetragonProcess,
} from '../samples.ts';

const newRoom = (reuse: boolean): SensorsRoom =>
  createSensorsRoom({ faults: new Set(), reuse, seenLimits: { idsMax: 1000, forMs: 1000 } });

const read = (room: SensorsRoom, lines: readonly Uint8Array[]): readonly Arrival[] => {
  const records = lines.map((bytes, position) => ({ bytes, position }));
  const part = { origin: FILE_ORIGIN, receivedAt: RECEIVED_AT, records };
  return room.reread({ sequence: 1, parts: [part] }).arrivals;
};

const remembering = newRoom(true);
const plain = newRoom(false);

/** Reads the lines with and without memory; twice, so that the second time all is known. */
function expectSame(lines: readonly (string | Uint8Array)[]): void {
  const bytes = lines.map((line) => (typeof line === 'string' ? Buffer.from(line) : line));
  const both = [...bytes, ...bytes];
  remembering.step({ sequence: 1, parts: [] });
  plain.step({ sequence: 1, parts: [] });
  expect(read(remembering, both)).toEqual(read(plain, both));
}

const tools = { cluster: '', fields: new FieldReader(), times: new TimeReader() };

/** Would the line be taken apart, when nothing is known and when all is? */
function cuts(line: string): readonly boolean[] {
  const repeated = new RepeatedProcesses();
  const bytes = Buffer.from(line);
  return [repeated.cut(bytes, tools) !== null, repeated.cut(bytes, tools) !== null];
}

const json = (value: object): string => JSON.stringify(value);
/** As some builds of Go's encoder write it. */
const spaced = (value: object): string => json(value).replaceAll(',"', ', "');

const withoutParent = json(exit({ parent: undefined }));
const withAncestors = json(
  exec(
    {},
    {
      process_exec: {
        process: tetragonProcess(),
        parent: tetragonProcess({ exec_id: 'q' }),
        ancestors: [tetragonProcess({ exec_id: 'r' })],
      },
    },
  ),
);
const HOOKS: readonly (readonly [string, object])[] = [
  ['process_tracepoint', { subsys: 'syscalls', event: 'sys_enter_openat' }],
  ['process_uprobe', { path: '/bin/bash', symbol: 'readline' }],
  ['process_usdt', { path: '/usr/sbin/mysqld', provider: 'mysql', name: 'query__start' }],
  ['process_lsm', { function_name: 'file_open' }],
];
const SAMPLES = [
  json(exec()),
  json(exit()),
  json(kprobe()),
  spaced(exec()),
  spaced(kprobe()),
  withoutParent,
  withAncestors,
  json(kprobe({ parent: tetragonProcess({ exec_id: 'other', flags: 'truncArgs' }) })),
  ...HOOKS.map(([member, rest]) => {
    const { process_kprobe: payload, ...envelope } = kprobe();
    const { process, parent } = payload as Record<string, unknown>;
    return json({ [member]: { process, parent, ...rest }, ...envelope });
  }),
  json({
    process_loader: { process: tetragonProcess(), path: '/lib/a.so', buildid: 'AA==' },
    node_name: 'node-1',
    time: '2026-05-28T20:26:01Z',
  }),
];

describe('lines as sensors write them', () => {
  test.each(SAMPLES)('are taken apart and read the same: %s', (line) => {
    expect(cuts(line)).toEqual([true, true]);
    expectSame([line]);
  });
});

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
const inserted = (line: string, behind: string, text: string): string => {
  const at = line.indexOf(behind) + behind.length;
  return line.slice(0, at) + text + line.slice(at);
};
const line = json(kprobe());
const P = json(tetragonProcess());

describe('lines that only look like it', () => {
  test.each([
    ['the process again, later', inserted(line, '"function_name":', `"x","process":${P},"y":`)],
    ['the process as null, later', line.replace('"action"', '"process":null,"action"')],
    ['the parent again, later', line.replace('"action"', '"parent":{},"action"')],
    ['the parent as null, later', line.replace('"action"', '"parent":null,"action"')],
    ['an escaped name of the process', line.replace('"action"', '"pro\\u0063ess":null,"action"')],
    ['the event again', line.replace('"node_name"', '"process_kprobe":{},"node_name"')],
    [
      'the event again, with a process of null',
      line.replace('"node_name"', '"process_kprobe":{"process":null},"node_name"'),
    ],
    ['another event behind', line.replace('"node_name"', `"process_exec":{},"node_name"`)],
    ['a second exec_id', line.replace('"pid":4242', '"exec_id":"z","pid":4242')],
    ['a process called null', line.replace('"binary":"/bin/sh"', '"binary":"null"')],
    [
      'labels with our names',
      line.replace('"app":"cart"', '"parent":"x","process":"y","exec_id":"z"'),
    ],
    [
      'an object called parent in a label',
      line.replace('"app":"cart"', '"a":1,"parent":{"exec_id":"x"}'),
    ],
    ['text like the end of a parent', line.replace('-c start', '},\\"function_name\\":\\"x')],
    ['no parent', json(kprobe({ parent: undefined }))],
    ['an empty parent', json(kprobe({ parent: {} }))],
    ['a parent of null', json(kprobe({ parent: null }))],
    ['a parent without exec_id', json(kprobe({ parent: { pid: 1 } }))],
    [
      'swapped members',
      json(kprobe({ process: undefined, parent: undefined })).replace(
        '"function_name"',
        `"parent":${P},"process":${P},"function_name"`,
      ),
    ],
    ['a process of wrong types', json(kprobe({ process: tetragonProcess({ cwd: 1, pid: 'x' }) }))],
    [
      'a process with odd numbers',
      json(kprobe({ process: tetragonProcess({ pid: { value: 'x' } }) })),
    ],
    ['a parent of wrong types', json(kprobe({ parent: tetragonProcess({ flags: [] }) }))],
    ['a rest of wrong types', json(kprobe({ policy_name: 1 }))],
    ['NUL in the process', line.replace('-s http', '-s\\u0000http')],
    ['NUL in the rest', line.replace('file-monitoring', 'file\\u0000')],
    ['a long text in the process', line.replace('-s http', 'x'.repeat(5000))],
    ['a long text in the rest', line.replace('file-monitoring', 'x'.repeat(5000))],
    ['no ASCII in the process', line.replace('-s http', 'ä')],
    ['no ASCII in the rest', line.replace('file-monitoring', 'ä')],
    ['no UTF-8', Buffer.from(line.replace('-s http', 'ä'), 'latin1')],
    ['no time', json(kprobe({}, { time: undefined }))],
    ['no time of an exit', json(exit({ time: '2026-05-28T20:26:01Z' }, { time: undefined }))],
    ['a time far ahead', json(kprobe({}, { time: '2027-05-28T20:26:01Z' }))],
    ['a process nested as deep as may be', line.replace('"app":"cart"', `"a":${nested(59)}`)],
    ['a process nested too deep', line.replace('"app":"cart"', `"a":${nested(60)}`)],
    ['a rest nested as deep as may be', line.replace('"action"', `"a":${nested(62)},"action"`)],
    ['a rest nested too deep', line.replace('"action"', `"a":${nested(63)},"action"`)],
    ['many brackets, none deep', line.replace('-s http', '{'.repeat(100))],
    [
      'an integer too large for a number',
      line.replace('"int_arg":4', '"int_arg":9007199254740993'),
    ],
    ['such an integer in the process', line.replace('"pid":4242', '"pid":9007199254740993')],
    ['another kind with the same letter', line.replace('process_kprobe', 'process_kretprobe')],
    ['a throttle', line.replace('process_kprobe', 'process_throttle')],
    ['a cut line', line.slice(0, -1)],
    ['text behind', `${line}x`],
    ['a process cut in the middle', line.replace('"tid":4242}', '"tid":4242')],
    ['one bracket more', line.replace('"tid":4242}', '"tid":4242}}')],
    ['a huge exec_id', line.replace('bm9kZS0xOjEyMzQ1Njc4OTo0MjQy', 'x'.repeat(500))],
  ])('%s', (_, text) => {
    expectSame([line, text, line, text]);
  });

  test.each([
    // Record, event, process, pod and labels: five levels stand around it, 64 are allowed.
    [59, 'read'],
    [60, 'too-deep'],
  ])('%i levels in a label: %s', (levels, verdict) => {
    const text = line.replace('"app":"cart"', `"a":${nested(levels)}`);
    const [arrival] = read(remembering, [Buffer.from(text)]);
    expect(arrival?.outcome === 'rejected' ? arrival.rejection.code : 'read').toBe(verdict);
  });
});

const PIECES = [
  '"',
  '\\',
  '{',
  '}',
  '},',
  ',',
  ' ',
  'null',
  '\\u0000',
  'ä',
  '"process":{},',
  '"parent":{},',
  '"parent":null,',
  ',"parent":{"exec_id":"x"}',
  '"process_exec":{},',
  '"exec_id":"x",',
  ',"function_name":"x"',
  '"__proto__":{"process":null},',
];

interface Change {
  readonly at: number;
  readonly cut: number;
  readonly piece: string;
}

const change = fc.record({
  at: fc.nat({ max: 2000 }),
  cut: fc.nat({ max: 3 }),
  piece: fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 2 })),
});

const changed = (text: string, { at, cut, piece }: Change): string => {
  const start = at % (text.length + 1);
  return text.slice(0, start) + piece + text.slice(start + cut);
};

describe('laws', () => {
  test('a damaged line among its neighbors reads the same', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SAMPLES),
        fc.array(change, { minLength: 1, maxLength: 3 }),
        (sample, changes) => {
          let text = sample;
          for (const one of changes) text = changed(text, one);
          expectSame([sample, text, sample]);
        },
      ),
      { numRuns: 800 },
    );
  });

  test('a member put anywhere between two others reads the same', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SAMPLES),
        fc.nat(),
        fc.constantFrom('process', 'parent', 'process_kprobe', 'process_exec', 'exec_id', 'pod'),
        fc.constantFrom('null', '{}', '0', P, `{"process":null}`, `{"process":${P}}`),
        (...[sample, nth, name, value]) => {
          const commas = [...sample.matchAll(/,(?= ?")/g)].map(({ index }) => index);
          const at = commas[nth % commas.length] ?? 0;
          expectSame([`${sample.slice(0, at)},"${name}":${value}${sample.slice(at)}`, sample]);
        },
      ),
      { numRuns: 800 },
    );
  });

  test('processes that share an exec_id but not the text are told apart', () => {
    const process = fc
      .record({
        exec_id: fc.constantFrom('a', 'b'),
        refcnt: fc.nat({ max: 2 }),
        binary: fc.constantFrom('/bin/a', '/bin/b'),
        flags: fc.constantFrom('execve', 'procFS', 'errorArgs'),
      })
      .map((changes) => tetragonProcess(changes));
    const make = fc.constantFrom(exec, exit, kprobe);
    const event = fc.tuple(make, process, process).map(([build, own, parent]) => {
      const value: Record<string, unknown> = build();
      const [kind] = Object.keys(value);
      const payload = { ...(value[kind ?? ''] as object), process: own, parent };
      return json({ ...value, [kind ?? '']: payload });
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 12 }), (lines) => {
        expectSame(lines);
      }),
      { numRuns: 150 },
    );
  });
});

test('what is forgotten is read again', () => {
  const repeated = new RepeatedProcesses({ processesMax: 4, bytesMax: 4096 });
  for (let round = 0; round < 3; round += 1) {
    for (let pid = 0; pid < 20; pid += 1) {
      const text = json(kprobe({ process: tetragonProcess({ exec_id: `p${String(pid)}`, pid }) }));
      expect(repeated.cut(Buffer.from(text), tools)?.process.facts.pid).toBe(pid);
    }
  }
});

test('events of one process share what is known of it', () => {
  const [first, second] = read(
    newRoom(true),
    [json(exec()), json(kprobe())].map((text) => Buffer.from(text)),
  );
  if (first?.outcome !== 'accepted' || second?.outcome !== 'accepted') throw new Error('not read');
  expect(second.event.process).toBe(first.event.process);
  expect(second.event.parent).toBe(first.event.parent);
});

const REAL_EVENTS = new URL('../../../../shared/data/events/', import.meta.url);

/** Files of real events, where the machine has them. */
function realFiles(): URL[] {
  if (!existsSync(REAL_EVENTS)) return [];
  return readdirSync(REAL_EVENTS, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /json|log$/.test(entry.name))
    .map((entry) => new URL(`file://${entry.parentPath}/${entry.name}`));
}

test('our samples and, where they are, real events read the same', () => {
  expectSame([...SAMPLES, json(alert())]);
  for (const file of realFiles()) expectSame(splitBody(readFileSync(file)));
});
