import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commandKey, haveSameArguments, shortName } from '../../src/enrich/command-key.ts';

const inContainer = (container: string, node = 'n') => ({ container, node });
const word = fc.stringMatching(/^[a-z0-9/.:=-]{1,6}$/);
const words = fc.array(fc.oneof(word, fc.constant('two words')), { maxLength: 6 });
/** As Tetragon writes arguments: one with a blank in quotes. */
const quoted = (args: readonly string[]): string =>
  args.map((arg) => (arg.includes(' ') ? `"${arg}"` : arg)).join(' ');

describe('arguments', () => {
  test('are the same whether or not they are quoted, and however they are spaced', () => {
    fc.assert(
      fc.property(words, (args) => {
        const [tetragon, falco] = [quoted(args), args.join(' ')];
        expect(haveSameArguments(tetragon, falco)).toBe(true);
        expect(haveSameArguments(falco, `  ${tetragon.replaceAll(' ', '\t ')} `)).toBe(true);
        const place = inContainer('0123456789ab');
        expect(commandKey(place, '/bin/x', tetragon)).toBe(commandKey(place, 'x', falco));
      }),
    );
  });

  test('differ when a word differs, is missing or runs into the next', () => {
    fc.assert(
      fc.property(words, words, (left, right) => {
        const isSame = left.join(' ') === right.join(' ');
        expect(haveSameArguments(quoted(left), right.join(' '))).toBe(isSame);
      }),
    );
    expect(haveSameArguments('1 0', '10')).toBe(false);
    expect(haveSameArguments('-c', '-c x')).toBe(false);
  });

  test('of which one is cut are the same when at least 200 characters agree', () => {
    const long = 'a/b '.repeat(100);
    expect(haveSameArguments(long, `${long.slice(0, 300)}[...]`)).toBe(true);
    expect(haveSameArguments(long, long.slice(0, 250))).toBe(true);
    expect(haveSameArguments(long, long.slice(0, 150))).toBe(false);
    expect(haveSameArguments(long, `${long.slice(0, 150)}x`)).toBe(false);
  });
});

describe('keys', () => {
  test('tell containers, programs and arguments apart, and nodes only on the host', () => {
    const key = commandKey(inContainer('0123456789ab'), '/bin/sh', '-c');
    expect(commandKey(inContainer('0123456789ac'), '/bin/sh', '-c')).not.toBe(key);
    expect(commandKey(inContainer('0123456789ab'), '/bin/ash', '-c')).not.toBe(key);
    expect(commandKey(inContainer('0123456789ab'), '/bin/sh', '-d')).not.toBe(key);
    expect(commandKey(inContainer('0123456789ab', 'other'), '/bin/sh', '-c')).toBe(key);
    expect(commandKey(inContainer('', 'a'), 'sh', '')).not.toBe(
      commandKey(inContainer('', 'b'), 'sh', ''),
    );
  });

  test('take a program by the name the kernel has for it', () => {
    expect(shortName('/usr/bin/containerd-shim-runc-v2')).toBe('containerd-shim');
    expect(shortName('sh')).toBe('sh');
    const place = inContainer('0123456789ab');
    expect(commandKey(place, '/usr/bin/containerd-shim-runc-v2', '')).toBe(
      commandKey(place, 'containerd-shim', ''),
    );
  });
});
