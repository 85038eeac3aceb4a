import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { replayFiles, startServer } from '../../src/app.ts';
import { toCliFailure } from '../../src/cli/cli-failure.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import type { Logger } from '../../src/telemetry/log.ts';
import { createTemporaryFiles, type TemporaryFiles } from '../support/temporary-files.ts';

function temporaryFiles(): TemporaryFiles {
  const files = createTemporaryFiles();
  onTestFinished(() => files.remove());
  return files;
}

interface Start {
  readonly flags?: Readonly<Record<string, string | number | boolean>>;
  readonly podDumps?: readonly string[];
}

const optionsOf = (files: TemporaryFiles, { flags = {}, podDumps = [] }: Start, log: Logger) => ({
  config: loadConfig({
    flags: { port: 0, db: files.path('db.sqlite'), rules: files.rulesDirectory, ...flags },
    environment: {},
    directory: dirname(files.rulesDirectory),
  }),
  podDumps,
  log,
});

function remembering(): { readonly log: Logger; readonly said: string[] } {
  const said: string[] = [];
  const say = (_fields: object, message: string): void => void said.push(message);
  return { said, log: { debug: say, info: say, warn: say, error: say } };
}

/** How `eyrie serve` would end. */
async function failureOf(files: TemporaryFiles, start: Start) {
  const started = startServer(optionsOf(files, start, remembering().log));
  const failure = await started.then(
    async (server) => server.stop(),
    (error: unknown) => toCliFailure(error),
  );
  return { code: failure?.exitCode, message: failure?.message };
}

describe('what can not be used is said before there is a database', () => {
  test('a folder that is not there, and a folder in place of the file', async () => {
    const files = temporaryFiles();
    const db = files.path('nowhere/x.sqlite');
    expect(await failureOf(files, { flags: { db } })).toEqual({
      code: EXIT.badData,
      message: `${db}: there is no folder ${dirname(db)} for the database`,
    });
    const folder = await failureOf(files, { flags: { db: files.rulesDirectory } });
    expect(folder).toMatchObject({ code: EXIT.badData });
  });

  test('a dump in which nothing can be read', async () => {
    const files = temporaryFiles();
    const dump = files.path('README.md');
    writeFileSync(dump, '# Not a dump\n');
    const failure = await failureOf(files, { podDumps: [dump] });
    expect(failure).toMatchObject({ code: EXIT.badData });
    expect(failure.message).toContain(`${dump}: The pod dump is not JSON`);
    writeFileSync(dump, '{"name":"a-package"}');
    expect(await failureOf(files, { podDumps: [dump] })).toMatchObject({ code: EXIT.badData });
    expect(existsSync(files.path('db.sqlite'))).toBe(false);
  });

  test('a host of no machine, and rules that are not there', async () => {
    const files = temporaryFiles();
    const host = await failureOf(files, { flags: { host: '203.0.113.7', insecure: true } });
    const message = '203.0.113.7: this machine has no such address';
    expect(host).toEqual({ code: EXIT.usage, message });
    const rules = await failureOf(files, { flags: { rules: files.path('no-rules') } });
    expect(rules).toMatchObject({ code: EXIT.badData });
    expect(existsSync(files.path('db.sqlite'))).toBe(false);
  });
});

test('an occupied port is named, and worth another try', async () => {
  const other = createServer();
  onTestFinished(() => void other.close());
  await new Promise<void>((resolve) => {
    other.listen(0, '127.0.0.1', resolve);
  });
  const { port } = other.address() as AddressInfo;
  const failure = await failureOf(temporaryFiles(), { flags: { port } });
  expect(failure).toEqual({
    code: EXIT.tryAgain,
    message: `127.0.0.1:${port} is in use already. Choose another port with --port.`,
  });
});

test('an empty list of pods and an empty folder of rules are only worth a warning', async () => {
  const files = temporaryFiles();
  const dump = files.path('pods.json');
  writeFileSync(dump, '{"kind":"List","items":[]}');
  const rules = join(dirname(dump), 'empty');
  mkdirSync(rules);
  const { log, said } = remembering();
  const options = optionsOf(files, { flags: { rules }, podDumps: [dump] }, log);
  const input = files.path('input.ndjson');
  writeFileSync(input, '');
  await replayFiles({ ...options, files: [input] });
  expect(said.join('\n')).toMatch(/holds no rules[\s\S]*Part of a pod dump was not read/);
});

test('the log of a server tells of its end', async () => {
  const { log, said } = remembering();
  const server = await startServer(optionsOf(temporaryFiles(), {}, log));
  await server.stop();
  const ends = said.filter((message) => message.includes('stop'));
  expect(ends).toEqual([
    'Eyrie is stopping: what came is judged and answered.',
    'Eyrie has stopped.',
  ]);
});
