import { expect, test } from 'vitest';
import { LIMITS } from '../../../src/config/limits.ts';
import { eventOf, exec, tetragonProcess } from '../samples.ts';

const process = (execId: string) => tetragonProcess({ exec_id: execId });
const idsOf = (ancestors: unknown, member = 'process_exec') => {
  const payload = { process: process('p'), parent: process('parent'), ancestors };
  const time = '2026-05-28T20:26:01.000000200Z';
  return eventOf({ [member]: payload, node_name: 'n', time }).ancestors.map(({ execId }) => execId);
};

test('ancestors are read from events of every type, nearest first', () => {
  for (const member of ['process_exec', 'process_exit', 'process_lsm', 'process_new']) {
    expect(idsOf([process('a'), process('b')], member)).toEqual(['a', 'b']);
  }
});

test('an event that lists none has none', () => {
  expect(eventOf(exec()).ancestors).toEqual([]);
  expect(idsOf([])).toEqual([]);
  expect(idsOf('none')).toEqual([]);
});

test('they end before the first that is no process, and at the maximum', () => {
  expect(idsOf([process('a'), {}, process('c')])).toEqual(['a']);
  const many = Array.from({ length: 40 }, (_, index) => process(`a${index}`));
  expect(idsOf(many)).toHaveLength(LIMITS.ancestorsMax);
});
