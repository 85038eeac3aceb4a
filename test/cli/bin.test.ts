import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { EXIT } from '../../src/cli/exit-codes.ts';

const BIN = fileURLToPath(new URL('../../bin/eyrie.js', import.meta.url));
const PRETEND_OLD =
  'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.20.2"}})';

function runBin(args: readonly string[], options: { old?: boolean; handedOver?: boolean } = {}) {
  const nodeArgs = options.old === true ? ['--import', PRETEND_OLD] : [];
  return spawnSync(process.execPath, [...nodeArgs, BIN, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...(options.handedOver === true ? { _EYRIE_HANDED_OVER: '1' } : {}) },
  });
}

describe('bin/eyrie.js', () => {
  test('runs at once where Node is new enough', () => {
    const { status, stdout } = runBin(['--version']);
    expect(status).toBe(EXIT.ok);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test('hands over to the bundled Node where it is too old, exit code included', () => {
    expect(runBin(['--version'], { old: true })).toMatchObject({
      status: EXIT.ok,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string,
    });
    expect(runBin(['no-such-command'], { old: true })).toMatchObject({
      status: EXIT.usage,
      stderr: expect.stringContaining('unknown command') as string,
    });
  });

  test('ends with one clear line where there is no bundled Node', () => {
    const { status, stderr } = runBin(['--version'], { old: true, handedOver: true });
    expect(status).toBe(EXIT.internal);
    expect(stderr).toMatch(/^eyrie: needs Node 22\.19 or newer, this is 20\.20\.2 .*\n$/);
  });
});
