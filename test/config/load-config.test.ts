import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ConfigError } from '../../src/config/config-error.ts';
import type { Config } from '../../src/config/config.ts';
import { DEFAULT_CORE_SETTINGS, toCoreSettings } from '../../src/config/core-settings.ts';
import { LIMITS } from '../../src/config/limits.ts';
import { loadConfig, type ConfigSources } from '../../src/config/load-config.ts';

function directoryWith(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'eyrie-config-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return directory;
}

function load(
  yaml: string | null,
  sources: Partial<ConfigSources> = {},
  files: Readonly<Record<string, string>> = {},
): Config {
  const directory = directoryWith(yaml === null ? files : { ...files, 'eyrie.yaml': yaml });
  return loadConfig({ flags: {}, environment: {}, directory, ...sources });
}

function problemsOf(...args: Parameters<typeof load>): string {
  try {
    load(...args);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'no problem';
}

describe('without a file', () => {
  test('everything has a default, on loopback', () => {
    const directory = directoryWith({});
    const config = loadConfig({ flags: {}, environment: {}, directory });
    expect(config.source).toBeNull();
    expect(config.listen).toEqual({ host: '127.0.0.1', port: 7780 });
    expect(config.database.file).toBe(join(directory, 'eyrie.sqlite'));
    expect(config.database.durability).toBe('full');
    expect(config.database.keepMs).toBe(LIMITS.journalKeepMs);
    expect(config.rules.directory.endsWith('/rules')).toBe(true);
    expect(config.cluster.name).toBe('default');
    expect(config.latenessMs).toBe(LIMITS.latenessMs);
    expect(config.warnings).toEqual([]);
    expect(toCoreSettings(config)).toEqual(DEFAULT_CORE_SETTINGS);
  });

  test('an empty file and blocks without lines are the same as none', () => {
    const config = load('listen:\n  # port: 1\nincidents:\n');
    expect(config.listen.port).toBe(7780);
    expect(load('').listen.port).toBe(7780);
  });
});

describe('a file', () => {
  test('sets everything, durations and sizes as people write them', () => {
    const config = load(`
listen: { host: 127.0.0.2, port: 80 }
database: { file: data/e.sqlite, durability: os, keepDays: 2, keepBytes: 3GiB }
rules: { directory: my-rules }
cluster: { name: prod }
ingest:
  bodyBytesMax: 2MiB
  intakeWait: 500ms
  secrets:
    - { name: falco, secret: falco-secret-0123456789, sensor: falco, latenessMs: 0 }
    - { name: far, secret: other-secret-0123456789, cluster: far }
tokens:
  - { name: soc, token: soc-token-0123456789, role: analyst, clusters: [prod] }
incidents: { quietPeriod: 10m, spanMax: 2h, reopenWindow: 90s, levelMin: high }
publicUrl: https://eyrie.example/base/
latenessMs: 100
`);
    expect(config.listen).toEqual({ host: '127.0.0.2', port: 80 });
    expect(config.database).toMatchObject({
      durability: 'os',
      keepMs: 172_800_000,
      keepBytes: 3 * 1024 ** 3,
    });
    expect(config.database.file).toMatch(/\/data\/e\.sqlite$/);
    expect(config.rules.directory).toMatch(/\/my-rules$/);
    expect(config.ingest.bodyBytesMax).toBe(2 * 1024 ** 2);
    expect(config.ingest.intakeWaitMs).toBe(500);
    expect(config.ingest.secrets).toMatchObject([
      { name: 'falco', sensor: 'falco', cluster: 'prod', latenessMs: 0 },
      { name: 'far', sensor: 'any', cluster: 'far', latenessMs: 100 },
    ]);
    expect(config.tokens).toMatchObject([{ name: 'soc', role: 'analyst', clusters: ['prod'] }]);
    expect(config.publicUrl).toBe('https://eyrie.example/base');
    expect(toCoreSettings(config)).toEqual({
      ...DEFAULT_CORE_SETTINGS,
      quietPeriodMs: 600_000,
      incidentSpanMaxMs: 7_200_000,
      reopenWindowMs: 90_000,
      incidentLevelMin: 'high',
    });
  });

  test('leaves no secret in the result, and nothing of it can be changed', () => {
    const config = load('tokens: [{ name: a, token: my-secret-token-0123, role: read }]');
    expect(JSON.stringify(config)).not.toContain('my-secret-token');
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.tokens[0])).toBe(true);
  });

  test('may name files that hold the secrets, beside itself', () => {
    const files = { 'soc.token': 'soc-token-0123456789\n' };
    const yaml = 'tokens: [{ name: a, tokenFile: soc.token, role: read }]';
    const direct = load('tokens: [{ name: a, token: soc-token-0123456789, role: read }]');
    expect(load(yaml, {}, files).tokens).toEqual(direct.tokens);
  });
});

describe('followed files', () => {
  test('begin at the configuration file, and go by its cluster and lateness', () => {
    const directory = directoryWith({
      'eyrie.yaml': `
cluster: { name: prod }
latenessMs: 100
files:
  - { path: /var/log/containers/*.log, sensor: falco, cluster: far, latenessMs: 0, from: end }
  - { path: logs/tetragon.log }
`,
    });
    const sources = { environment: {}, directory, flags: { follow: ['more.log'] } };
    const plain = { sensor: 'any', cluster: 'prod', latenessMs: 100, from: 'start' };
    expect(loadConfig(sources).files).toEqual([
      {
        path: '/var/log/containers/*.log',
        sensor: 'falco',
        cluster: 'far',
        latenessMs: 0,
        from: 'end',
      },
      { ...plain, path: join(directory, 'logs/tetragon.log') },
      { ...plain, path: join(directory, 'more.log') },
    ]);
  });

  test('a misspelt key is named with what was meant', () => {
    const problems = problemsOf('files:\n  - { path: a.log, form: end }');
    expect(problems).toContain('files.0.form');
    expect(problems).toContain('Did you mean "from"?');
    expect(problemsOf('files: [{ from: end }]')).toContain('"path" is missing');
  });
});

describe('variables and flags', () => {
  test('a flag wins over a variable, a variable over the file', () => {
    const yaml = 'listen: { host: 127.0.0.3, port: 1 }\ndatabase: { keepDays: 1 }';
    const environment = {
      EYRIE_LISTEN_HOST: '127.0.0.4',
      EYRIE_LISTEN_PORT: '2',
      EYRIE_DATABASE_KEEP_DAYS: '3',
      EYRIE_DATABASE_KEEP_BYTES: '1000',
      EYRIE_INCIDENTS_QUIET_PERIOD: '1h',
    };
    const config = load(yaml, { environment, flags: { port: '4', db: '/tmp/x.sqlite' } });
    expect(config.listen).toEqual({ host: '127.0.0.4', port: 4 });
    expect(config.database).toMatchObject({
      file: '/tmp/x.sqlite',
      keepMs: 259_200_000,
      keepBytes: 1000,
    });
    expect(config.incidents.quietPeriodMs).toBe(3_600_000);
  });

  test('two credentials may come from the environment', () => {
    const environment = {
      EYRIE_ADMIN_TOKEN: 'admin-token-0123456789',
      EYRIE_INGEST_SECRET: 'ingest-secret-0123456789',
    };
    const config = load(null, { environment, flags: { host: '0.0.0.0' } });
    expect(config.tokens).toMatchObject([{ name: 'environment', role: 'admin', clusters: null }]);
    expect(config.ingest.secrets).toMatchObject([{ name: 'environment', cluster: 'default' }]);
  });

  test('a list is written as JSON and takes the place of the one in the file', () => {
    const yaml = `tokens: [${token('x', 'token-one-0123456789')}]`;
    const list = [{ name: 'y', token: 'token-two-0123456789', role: 'admin' }];
    const environment = {
      EYRIE_TOKENS: JSON.stringify(list),
      EYRIE_INGEST_SECRETS: '[{ name: z, secret: secret-0123456789 }]',
    };
    const config = load(yaml, { environment });
    expect(config.tokens.map(({ name }) => name)).toEqual(['y']);
    expect(config.ingest.secrets.map(({ name }) => name)).toEqual(['z']);
  });

  test('files that a variable names start at the working directory, those of the file beside it', () => {
    const directory = directoryWith({ 'a.token': 'token-one-0123456789' });
    const config = directoryWith({ 'eyrie.yaml': '', 'a.token': 'token-two-0123456789' });
    const list = 'tokens: [{ name: a, tokenFile: a.token, role: read }]';
    const flags = { config: join(config, 'eyrie.yaml') };
    const environment = { EYRIE_TOKENS: list.slice('tokens: '.length) };
    const byVariable = loadConfig({ flags, environment, directory });
    writeFileSync(flags.config, list);
    const byFile = loadConfig({ flags, environment: {}, directory });
    expect(byVariable.tokens[0]?.digest).not.toBe(byFile.tokens[0]?.digest);
  });

  test.each([
    ['hunter2-0123456789', 'EYRIE_TOKENS: tokens: is not usable. Write a JSON list of blocks'],
    [
      '[{ name: a, token: hunter2-0123456789',
      'EYRIE_TOKENS: tokens: is not usable. Write a JSON list of blocks',
    ],
    ['[*hunter2]', 'EYRIE_TOKENS: tokens: is not usable. Write a JSON list of blocks'],
    ['[{ name: a, token: hunter2-0123456789 }]', 'EYRIE_TOKENS: tokens.0: "role" is missing'],
    [
      '[{ nmae: a, role: read, token: b }]',
      'EYRIE_TOKENS: tokens.0.nmae: unknown key. Did you mean "name"?',
    ],
  ])('a list that is none is named by its variable and not repeated: %#', (text, message) => {
    const problems = problemsOf(null, { environment: { EYRIE_TOKENS: text } });
    expect(problems).toContain(message);
    expect(problems).not.toContain('hunter2');
  });

  test('an unknown variable is a warning; those Kubernetes sets for a service are not', () => {
    const environment = {
      EYRIE_LISTEN_PROT: '1',
      EYRIE_PORT: 'tcp://10.0.0.1:7780',
      EYRIE_SERVICE_HOST: '10.0.0.1',
      EYRIE_SERVICE_PORT_HTTP: '7780',
      EYRIE_PORT_7780_TCP: 'tcp://10.0.0.1:7780',
      EYRIE_PORT_7780_TCP_ADDR: '10.0.0.1',
      EYRIE_API_SERVICE_HOST: '10.0.0.2',
      EYRIE_TOKEN: 'for the client',
    };
    const { warnings } = load(null, { environment });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('EYRIE_LISTEN_PROT');
    expect(warnings[0]).toContain('Did you mean EYRIE_LISTEN_PORT?');
  });

  test.each([
    ['EYRIE_PORT', '9000', 'EYRIE_LISTEN_PORT'],
    ['EYRIE_HOST', '0.0.0.0', 'EYRIE_LISTEN_HOST'],
    ['EYRIE_SECRET', 'a-secret-0123456789', 'EYRIE_INGEST_SECRET'],
    ['EYRIE_SECRETS', '[]', 'EYRIE_INGEST_SECRETS'],
    ['EYRIE_DB', 'x.sqlite', 'EYRIE_DATABASE_FILE'],
    ['EYRIE_RULES', 'rules', 'EYRIE_RULES_DIRECTORY'],
  ])('%s is known to be none, and what was meant is said', (name, value, meant) => {
    const { warnings } = load(null, { environment: { [name]: value } });
    expect(warnings).toEqual([
      `The environment variable ${name} is not known and has no effect. Did you mean ${meant}?`,
    ]);
  });

  test('mistakes are named by the variable and the flag', () => {
    const environment = { EYRIE_LISTEN_PORT: 'http' };
    expect(problemsOf(null, { environment })).toContain(
      'EYRIE_LISTEN_PORT: listen.port: is "http"',
    );
    expect(problemsOf(null, { flags: { port: '99999' } })).toContain(
      '--port: listen.port: is 99999',
    );
  });
});

describe('mistakes name file, line, path and fix', () => {
  test.each([
    ['listen:\n  prot: 1', 'eyrie.yaml:2: listen.prot: unknown key. Did you mean "port"?'],
    ['lisen: {}', 'eyrie.yaml:1: lisen: unknown key. Did you mean "listen"?'],
    ['zzz: 1', 'eyrie.yaml:1: zzz: unknown key. Known here: listen, database'],
    ['port: 80', 'eyrie.yaml:1: port: unknown key. Did you mean "listen.port"?'],
    [
      'listen.port: 80',
      'eyrie.yaml:1: listen.port: unknown key. Write port below listen, on a line',
    ],
    ['ingest: { keepDays: 1 }', 'unknown key. Did you mean "database.keepDays"?'],
    ['listen: { port: "80" }', 'eyrie.yaml:1: listen.port: is "80". Write a port from 1'],
    ['incidents:\n  quietPeriod: 30 min', 'eyrie.yaml:2: incidents.quietPeriod: is "30 min"'],
    ['database: { durability: ful }', 'Write full (fsync at every commit) or os'],
    ['- a\n- b', 'is a list. Write a block with the keys'],
    ['listen: [', 'eyrie.yaml:1: it is no valid YAML'],
    ['listen: {}\nlisten: {}', 'eyrie.yaml:2: it is no valid YAML'],
    ['tokens:\n  - { name: a, token: 0123456789abcdef }', 'tokens.0: "role" is missing'],
    ['tokens: [{ name: a, role: read }]', 'neither of "token" and "tokenFile"'],
    [
      'tokens: [{ name: a, role: read, token: x, tokenFile: y }]',
      'both of "token" and "tokenFile"',
    ],
    ['tokens: [{ name: a, role: read, tokenFile: none }]', 'none can not be read (ENOENT)'],
    ['tokens: [{ name: a, role: read, token: "a b" }]', 'Use visible ASCII characters only.'],
    ['publicUrl: eyrie.example', 'Write the address people use'],
    ['cluster: { name: "a/b" }', 'Write a name of 1 to 63 letters'],
    ['__proto__: { listen: 1 }', '__proto__: unknown key'],
  ])('%j', (yaml, message) => {
    expect(problemsOf(yaml)).toContain(message);
  });

  test('all of them at once', () => {
    const message = problemsOf('listen: { prot: 1 }\nrulse: {}\nlatenessMs: -1');
    expect(message.split('\n')).toHaveLength(3);
  });

  test('a named file that is not there', () => {
    expect(problemsOf(null, { flags: { config: 'none.yaml' } })).toContain(
      'none.yaml: there is no such file. Check --config.',
    );
  });

  test.each([
    'tokens: [{ name: a, role: read, token: 0123456789012345678 }]',
    'tokens: [hunter2-0123456789]',
    'tokens: hunter2-0123456789',
    'ingest: { secrets: [{ name: a, secret: [hunter2-0123456789] }] }',
    'tokens: [{ name: a, role: read, token: *hunter2-0123456789 }]',
    'tokens: [{ name: a, role: read, token: "hunter2-0123456789" "x" }]',
    'tokens:\n  - name: a\n    token: hunter2-0123456789 x: y\n    role: read',
  ])('none repeats a secret: %#', (yaml) => {
    const message = problemsOf(yaml);
    expect(message).not.toBe('no problem');
    expect(message).not.toMatch(/hunter2|0123456789/);
  });
});

const token = (name: string, text: string) => `{ name: ${name}, token: ${text}, role: read }`;

describe('credentials', () => {
  test('equal names and equal secrets are refused', () => {
    const [a, b] = ['token-one-0123456789', 'token-two-0123456789'];
    expect(problemsOf(`tokens: [${token('x', a)}, ${token('x', b)}]`)).toContain(
      'the name "x" is used twice',
    );
    const same = `tokens: [${token('x', a)}]\ningest: { secrets: [{ name: y, secret: ${a} }] }`;
    expect(problemsOf(same)).toContain('"y" has the same secret as "x"');
  });

  test('a short one is let through with a warning', () => {
    expect(load(`tokens: [${token('x', 'short')}]`).warnings[0]).toContain('can be guessed');
  });
});

describe('an address that others can reach', () => {
  test.each(['0.0.0.0', '::', '[::]', '10.0.0.1', 'eyrie.example'])(
    '%s needs a token or a word that it is meant',
    (host) => {
      const message = problemsOf(null, { flags: { host } });
      expect(message).toContain('--host: listen.host:');
      expect(message).toContain('--insecure');
      expect(load(null, { flags: { host, insecure: true } }).insecure).toBe(true);
      const yaml = 'tokens: [{ name: a, token: a-token-0123456789, role: read }]';
      expect(load(yaml, { flags: { host } }).tokens).toHaveLength(1);
    },
  );

  test('a secret for sensors alone does not close the doors for readers', () => {
    const yaml = 'ingest: { secrets: [{ name: a, secret: a-secret-0123456789 }] }';
    expect(problemsOf(yaml, { flags: { host: '0.0.0.0' } })).toContain('no token is set');
  });

  test.each(['127.0.0.1', 'localhost', '::1', '[::1]', '127.9.9.9'])('%s is none', (host) => {
    expect(load(null, { flags: { host } }).tokens).toEqual([]);
  });
});
