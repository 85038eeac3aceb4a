import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildProcessTree, type ProcessTreeNode } from '../../src/lib/process-tree.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { ProcessNode } from '../../src/model/lineage.ts';

const node = (entityId: string, parentEntityId: string | null, startTime = 0): ProcessNode => ({
  entityId,
  parentEntityId,
  pid: 1,
  binary: `/bin/${entityId}`,
  arguments: '',
  cwd: '/',
  uid: 0,
  startTime,
});

/** Only what the tree reads of a finding. */
const finding = (id: string, process: ProcessNode | null, ancestors: ProcessNode[] = []) =>
  ({
    id,
    ruleId: 'r',
    title: 't',
    level: 'high',
    time: 5,
    sentence: 's',
    process,
    ancestors,
    where: { cluster: 'default', node: 'n', containerId: 'abcdefabcdef0000' },
  }) as unknown as Finding;

const shape = (nodes: readonly ProcessTreeNode[]): unknown =>
  nodes.map((one) => [one.entityId, one.findings.map((f) => f.id), shape(one.children)]);

const walk = (nodes: readonly ProcessTreeNode[]): ProcessTreeNode[] =>
  nodes.flatMap((one) => [one, ...walk(one.children)]);

const depth = (nodes: readonly ProcessTreeNode[]): number =>
  nodes.reduce((most, one) => Math.max(most, 1 + depth(one.children)), 0);

test('findings hang on their processes, processes on their parents', () => {
  const init = node('init', null, 1);
  const nginx = node('nginx', 'init', 2);
  const shell = node('sh', 'nginx', 3);
  const curl = node('curl', 'sh', 4);
  const tree = buildProcessTree([
    finding('f2', curl, [shell, nginx, init]),
    finding('f1', shell, [nginx, init]),
    finding('f3', null),
  ]);
  expect(shape(tree)).toEqual([
    ['init', [], [['nginx', [], [['sh', ['f1'], [['curl', ['f2'], []]]]]]]],
  ]);
});

test('siblings stand in order of their start, whatever the order of findings', () => {
  const parent = node('p', null, 1);
  const findings = [
    finding('f1', node('late', 'p', 9), [parent]),
    finding('f2', node('early', 'p', 2), [parent]),
    finding('f3', { ...node('never', 'p'), startTime: null }, [parent]),
  ];
  const expected = ['p', 'early', 'late', 'never'];
  expect(walk(buildProcessTree(findings)).map((one) => one.entityId)).toEqual(expected);
  expect(shape(buildProcessTree(findings.toReversed()))).toEqual(shape(buildProcessTree(findings)));
});

test('what one finding does not know of a process another fills in', () => {
  const vague = { ...node('p', null), pid: null, binary: '', parentEntityId: null };
  const full = { ...node('p', 'parent'), pid: 7 };
  const [root] = buildProcessTree([
    finding('a', vague),
    finding('b', full, [node('parent', null)]),
  ]);
  expect(root?.entityId).toBe('parent');
  expect(root?.children[0]).toMatchObject({ pid: 7, binary: '/bin/p' });
  expect(root?.children[0]?.findings.map((one) => one.id)).toEqual(['a', 'b']);
});

const alert = (id: string, command: string): Finding =>
  finding(id, { ...node(id, null), binary: command, startTime: null });

test('one command of one pid without a start time is one process, another command is another', () => {
  const elsewhere = alert('d', 'sh');
  const where = { ...elsewhere.where, containerId: 'ffffffffffff' };
  const tree = buildProcessTree([
    alert('b', 'sh'),
    alert('a', 'sh'),
    alert('c', 'cat'),
    { ...elsewhere, where },
  ]);
  expect(shape(tree)).toEqual([
    ['a', ['a', 'b'], []],
    ['c', ['c'], []],
    ['d', ['d'], []],
  ]);
});

test('a loop of parents is cut and shown once', () => {
  const tree = buildProcessTree([
    finding('f1', node('a', 'b', 1), [node('b', 'c', 2), node('c', 'a', 3)]),
    finding('f2', node('self', 'self', 4)),
  ]);
  expect(shape(tree)).toEqual([
    ['self', ['f2'], []],
    ['a', ['f1'], [['c', [], [['b', [], []]]]]],
  ]);
});

test('a chain of thousands is shown whole without nesting that deep', () => {
  const chain = Array.from({ length: 5000 }, (_, index) =>
    node(`p${index}`, index === 0 ? null : `p${index - 1}`, index),
  );
  const tree = buildProcessTree(chain.map((one) => finding(one.entityId, one)));
  expect(walk(tree)).toHaveLength(5000);
  expect(depth(tree)).toBeLessThanOrEqual(64);
});

test('whatever parents are claimed, every process is there exactly once', () => {
  const link = fc.tuple(fc.nat(9), fc.option(fc.nat(9), { nil: null }), fc.nat(3));
  fc.assert(
    fc.property(fc.array(link, { maxLength: 20 }), (links) => {
      const findings = links.map(([id, parent, start], index) =>
        finding(`f${index}`, node(`p${id}`, parent === null ? null : `p${parent}`, start)),
      );
      const seen = walk(buildProcessTree(findings));
      const ids = seen.map((one) => one.entityId);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.toSorted()).toEqual([...new Set(links.map(([id]) => `p${id}`))].toSorted());
      expect(seen.flatMap((one) => one.findings)).toHaveLength(links.length);
    }),
  );
});
