import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readRulesFolder } from '../../src/ingest/rules-folder.ts';
import { readFalcoLevels, type FalcoLevel } from '../../src/lib/sigma/falco-levels.ts';
import { LEVELS } from '../../src/model/level.ts';
import { findingsOf } from './judge-events.ts';

const { files } = await readRulesFolder('rules');
const text = readFileSync('rules/falco-levels.yml', 'utf8');
const levels = new Map<string, FalcoLevel>();
const problems = readFalcoLevels({ path: 'falco-levels.yml', text }, levels);

const HOSTNAME = 'node-1';

/** An alert with the container fields that Falco appends. */
const alertOf = (rule: string, priority: string, tags: readonly string[] = []): string =>
  JSON.stringify({
    hostname: HOSTNAME,
    output: rule,
    output_fields: {
      'container.id': '4f1c0a9d7be2',
      'k8s.ns.name': 'shop',
      'k8s.pod.name': 'web-1',
      'proc.cmdline': 'bash',
    },
    priority,
    rule,
    source: 'syscall',
    tags,
    time: '2026-05-11T08:00:01.000000000Z',
  });

const findingOf = (rule: string, priority: string, tags?: readonly string[]) =>
  findingsOf(files, [alertOf(rule, priority, tags)]).find(({ kind }) => kind === 'alert');

describe('levels of the rules of Falco', () => {
  test('the file loads without complaint', () => {
    expect(problems).toEqual([]);
    expect(levels.size).toBeGreaterThan(93);
    for (const { level } of levels.values()) expect(LEVELS).toContain(level);
  });

  test('no rule is named twice', () => {
    const names = [...text.matchAll(/^([^#\s][^\n]*?):(?: \w+)?$/gm)].map(([, name = '']) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(names)).toEqual(new Set(levels.keys()));
  });

  test('each says why, alone or with its group', () => {
    const lines = text.split('\n');
    const silent = [...levels.keys()].filter((name) => {
      const at = lines.findIndex((line) => line.startsWith(`${name}:`));
      const around = [lines[at - 1] ?? '', (lines[at + 1] ?? '').trim()];
      return (
        !around.some((line) => line.startsWith('#')) && !/^K8s \S+ (?:Crea|Dele)ted$/.test(name)
      );
    });
    expect(silent).toEqual([]);
  });

  test.each([
    ['Terminal shell in container', 'Notice', 'medium'],
    ['Redirect STDOUT/STDIN to Network Connection in Container', 'Notice', 'high'],
    ['Netcat Remote Code Execution in Container', 'Warning', 'critical'],
    ['Launch Package Management Process in Container', 'Error', 'medium'],
    ['K8s Secret Get Successfully', 'Error', 'low'],
    ['EphemeralContainers Created', 'Notice', 'medium'],
  ])('%s is no longer what %s says, but %s', (rule, priority, level) => {
    expect(findingOf(rule, priority)?.level).toBe(level);
  });

  test('a terminal shell in a container is not low', () => {
    expect(['medium', 'high', 'critical']).toContain(
      levels.get('Terminal shell in container')?.level,
    );
  });

  test('a rule that is not named keeps the level of its priority', () => {
    expect(levels.has('Something of our own')).toBe(false);
    expect(findingOf('Something of our own', 'Error')?.level).toBe('high');
  });

  test('tactics and techniques are added to those of the tags', () => {
    const found = findingOf('Read environment variable from /proc files', 'Warning', [
      'T1083',
      'mitre_discovery',
    ]);
    expect(found?.tactics).toEqual(['credential-access', 'discovery']);
    expect(found?.techniques).toEqual(['T1003.007', 'T1083']);
  });

  test('correlations name only rules of Falco that have a level here', () => {
    const used = files.flatMap((file) =>
      [...file.text.matchAll(/^ {4}- falco\/(.+)$/gm)].map(([, name = '']) => name),
    );
    expect(used.length).toBeGreaterThan(5);
    expect(used.filter((name) => !levels.has(name))).toEqual([]);
  });
});
