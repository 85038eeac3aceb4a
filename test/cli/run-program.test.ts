import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CliFailure } from '../../src/cli/cli-failure.ts';
import { EXIT, EXIT_CODE_HELP } from '../../src/cli/exit-codes.ts';
import type { Services } from '../../src/cli/services.ts';
import { ConfigError } from '../../src/config/config-error.ts';
import { StoreError, type StoreErrorCode } from '../../src/store/store-error.ts';
import { EXAMPLE_GAP } from '../api/example-data.ts';
import { REPLAY_RESULT, runCli } from './fake-context.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'eyrie-cli-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const failing = (error: unknown): Partial<Services> => ({
  replayFiles: async () => {
    throw error;
  },
});
const verifying = (ok: boolean): Partial<Services> => ({
  verifyDatabase: async () => [{ check: 'ledger', ok, detail: 'detail' }],
});
const replaying: Partial<Services> = { replayFiles: async () => REPLAY_RESULT };

describe('exit codes', () => {
  test('every code stands in the help', () => {
    for (const code of Object.values(EXIT))
      expect(EXIT_CODE_HELP).toMatch(new RegExp(`^ {2}${code} `, 'm'));
  });

  test('help and version are no failures, and every command has examples', async () => {
    expect(await runCli(['--version'])).toMatchObject({ code: EXIT.ok, printed: '1.2.3' });
    expect((await runCli(['--help'])).printed).toContain('Exit codes:');
    for (const command of [
      'init',
      'serve',
      'doctor',
      'replay',
      'demo',
      'incidents',
      'send',
      'db',
      'rules',
    ]) {
      const help = await runCli([command, '--help']);
      expect(help.code).toBe(EXIT.ok);
      expect(help.printed).toContain('Examples:');
    }
  });

  test.each([
    [['serv']],
    [['replay']],
    [['replay', 'x.ndjson', '--nope']],
    [['send', 'x.ndjson', '--rate', 'fast']],
    [['send', 'x.ndjson', '--rate', '0']],
    [['send', 'x.ndjson', '--to', 'ftp://somewhere']],
    [['incidents', 'list', '--state', 'sleeping']],
    [['incidents', 'list', '--from', 'yesterday']],
    [['incidents', 'list', '--limit', '0']],
    [['incidents', 'list', '--to', 'http://h', '--db', 'f']],
    [['incidents', 'close', '1']],
    [['incidents', 'close', '1', '--verdict', 'bad']],
    [['serve', '--port', '99999']],
  ])('%j is a mistake in usage', async (args) => {
    const result = await runCli(args);
    expect(result.code).toBe(EXIT.usage);
    expect(result.noted).not.toBe('');
  });

  test('a misspelled command is answered with the right one', async () => {
    expect((await runCli(['replai', 'x'])).noted).toContain('Did you mean replay?');
  });

  const storeCases: readonly (readonly [StoreErrorCode, number])[] = [
    ['locked', EXIT.tryAgain],
    ['disk-full', EXIT.tryAgain],
    ['corrupt', EXIT.badData],
    ['not-eyrie', EXIT.badData],
    ['newer-version', EXIT.badData],
    ['unknown', EXIT.internal],
  ];
  test.each(storeCases)('a store that is %s ends with %d', async (storeCode, expected) => {
    const services = failing(new StoreError(storeCode, 'the message'));
    const result = await runCli(['replay', 'x'], { services });
    expect(result).toMatchObject({ code: expected, noted: 'eyrie: the message' });
  });

  test('configuration, missing files and own faults each have their code', async () => {
    const problems = [{ source: 'eyrie.yaml', path: 'a', message: 'is wrong', fix: 'Right it.' }];
    const config = await runCli(['replay', 'x'], { services: failing(new ConfigError(problems)) });
    expect(config.code).toBe(EXIT.usage);
    const missing = Object.assign(new Error('no'), { code: 'ENOENT', path: 'x' });
    const file = await runCli(['replay', 'x'], { services: failing(missing) });
    expect(file).toMatchObject({ code: EXIT.badData, noted: 'eyrie: x: there is no such file' });
    const bug = await runCli(['replay', 'x'], { services: failing(new RangeError('oops')) });
    expect(bug.code).toBe(EXIT.internal);
    expect(bug.noted).toContain('please report it');
    const own = failing(new CliFailure(EXIT.unavailable, 'gone'));
    expect(await runCli(['replay', 'x'], { services: own })).toMatchObject({
      code: EXIT.unavailable,
      noted: 'eyrie: gone',
    });
  });

  test('serve ends with the code of the server', async () => {
    const services: Partial<Services> = {
      startServer: async () => ({
        url: 'http://127.0.0.1:7780',
        stop: async () => undefined,
        done: Promise.resolve(70),
      }),
    };
    const result = await runCli(['serve'], { services });
    expect(result.code).toBe(70);
    expect(result.printed.split('\n')[0]).toBe('Eyrie listens on http://127.0.0.1:7780');
    const json = await runCli(['serve', '--json'], { services });
    expect(JSON.parse(json.printed)).toEqual({ url: 'http://127.0.0.1:7780' });
  });
});

describe('replay', () => {
  test('prints a table and the ledger', async () => {
    const { code, printed } = await runCli(['replay', 'x'], { services: replaying });
    expect(code).toBe(EXIT.ok);
    expect(printed).toContain('9 events: 7 accepted, 1 duplicate, 1 rejected, 0 skipped, 0 late');
    expect(printed).toMatch(/│\s+1 │ critical │\s+90 │ Reverse shell\s+│ shop\/web-1/);
  });

  test('says when sensors did not see all, if they said so', async () => {
    expect((await runCli(['replay', 'x'], { services: replaying })).printed).not.toContain('blind');
    const services = { replayFiles: async () => ({ ...REPLAY_RESULT, coverage: [EXAMPLE_GAP] }) };
    const { printed } = await runCli(['replay', 'x'], { services });
    expect(printed).toContain(`What may be missing
  node node-1 was blind from 2026-05-28 20:25:01 to 2026-05-28 20:26:01: Falco lost 347,335 events.`);
  });

  test('--json prints one document and nothing else', async () => {
    const { printed } = await runCli(['replay', 'x', '--json'], { services: replaying });
    expect(JSON.parse(printed)).toMatchObject({ events: { received: 9 }, incidents: [{}, {}] });
  });

  test('--pods may be repeated and options reach the application', async () => {
    let seen: unknown;
    const services: Partial<Services> = {
      replayFiles: async ({ files, podDumps, config }) => {
        seen = { files, podDumps, db: config.database.file };
        return REPLAY_RESULT;
      },
    };
    const args = ['replay', 'a', '-', '--pods', 'p1', '--pods', 'p2', '--db', 'mine.sqlite'];
    await runCli(args, { services, directory: folder });
    expect(seen).toEqual({
      files: ['a', '-'],
      podDumps: ['p1', 'p2'],
      db: join(folder, 'mine.sqlite'),
    });
  });

  test('says when nothing was accepted', async () => {
    const events = { ...REPLAY_RESULT.events, accepted: 0, duplicate: 0, rejected: 9 };
    const services = { replayFiles: async () => ({ ...REPLAY_RESULT, events, incidents: [] }) };
    const result = await runCli(['replay', 'x'], { services });
    expect(result.code).toBe(EXIT.ok);
    expect(result.noted).toContain('nothing was accepted');
    expect((await runCli(['replay', 'x'], { services: replaying })).noted).toBe('');
  });

  test('--expect passes, fails readably, and can be written anew', async () => {
    const file = join(folder, 'expected.json');
    const args = ['replay', 'x', '--expect', file];
    const missing = await runCli(args, { services: replaying });
    expect(missing.code).toBe(EXIT.badData);
    const environment = { EYRIE_UPDATE_GOLDEN: '1' };
    const written = await runCli(args, { services: replaying, environment });
    expect(written.code).toBe(EXIT.ok);
    expect(written.noted).not.toContain('EYRIE_UPDATE_GOLDEN');
    expect(readFileSync(file, 'utf8')).not.toContain('"number"');
    expect((await runCli(args, { services: replaying })).code).toBe(EXIT.ok);
    writeFileSync(file, readFileSync(file, 'utf8').replace('"risk": 90', '"risk": 91'));
    const changed = await runCli(args, { services: replaying });
    expect(changed.code).toBe(EXIT.failed);
    expect(changed.noted).toContain('- incidents[bb].risk: 91\n+ incidents[bb].risk: 90');
    writeFileSync(file, '{');
    expect((await runCli(args, { services: replaying })).code).toBe(EXIT.badData);
  });
});

describe('db and rules', () => {
  test('a check that does not hold ends with 1', async () => {
    const file = join(folder, 'some.sqlite');
    writeFileSync(file, '');
    const good = await runCli(['db', 'verify', file], { services: verifying(true) });
    expect(good).toMatchObject({ code: EXIT.ok, printed: 'ok      ledger  detail' });
    const bad = await runCli(['db', 'verify', file, '--json'], { services: verifying(false) });
    expect(bad.code).toBe(EXIT.failed);
    expect(JSON.parse(bad.printed)).toMatchObject({ ok: false });
    expect((await runCli(['db', 'verify', join(folder, 'none')])).code).toBe(EXIT.badData);
  });

  test('rebuild never writes over a file', async () => {
    const file = join(folder, 'some.sqlite');
    writeFileSync(file, '');
    const services: Partial<Services> = {
      rebuildDatabase: async () => ({ rows: 3, incidents: 2, judgedFrom: 1 }),
    };
    expect((await runCli(['db', 'rebuild', file, '--out', file], { services })).code).toBe(
      EXIT.usage,
    );
    const done = await runCli(['db', 'rebuild', file], { services });
    expect(done.printed).toBe(`${file}.rebuilt: 2 incidents from 3 journal rows`);
    const trimmed: Partial<Services> = {
      rebuildDatabase: async () => ({ rows: 3, incidents: 2, judgedFrom: 7 }),
    };
    const late = await runCli(['db', 'rebuild', file], { services: trimmed });
    expect(late.printed).toContain('judged again from row 7 on');
  });

  test('rules check lists rules and ends with 1 if one has a problem', async () => {
    const rule = { id: 'r', title: 'A rule', kind: 'detection', level: 'high', path: 'a.yml' };
    const problem = { path: 'b.yml', ruleTitle: 'Other', message: 'title is missing' };
    const report = (problems: (typeof problem)[]): Partial<Services> => ({
      checkRules: async () => ({ rules: [rule], problems }),
    });
    expect((await runCli(['rules', 'check'], { services: report([]) })).code).toBe(EXIT.ok);
    const empty = { checkRules: async () => ({ rules: [], problems: [] }) };
    const none = await runCli(['rules', 'check', folder], { services: empty });
    expect(none.code).toBe(EXIT.failed);
    expect(none.noted).toContain(`there are no rules in ${folder}`);
    const bad = await runCli(['rules', 'check', folder], { services: report([problem]) });
    expect(bad.code).toBe(EXIT.failed);
    expect(bad.printed).toContain('PROBLEM  b.yml: Other: title is missing');
  });
});
