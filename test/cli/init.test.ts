import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { createAccess } from '../../src/config/access.ts';
import { credentialsOf } from '../../src/config/credentials.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { runCli } from './fake-context.ts';

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'eyrie-init-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

interface Written {
  readonly file: string;
  readonly url: string;
  readonly secret: string;
  readonly tokens: Readonly<Record<string, string>>;
  readonly snippets: Readonly<Record<string, string>>;
}

async function init(...args: string[]): Promise<Written> {
  const directory = newFolder();
  const result = await runCli(['init', '--json', ...args], { directory });
  expect(result).toMatchObject({ code: EXIT.ok, noted: '' });
  return JSON.parse(result.printed) as Written;
}

const configOf = ({ file }: Written) =>
  loadConfig({ flags: { config: file }, environment: {}, directory: '/' });

describe('eyrie init', () => {
  test('writes a file that only its owner can read, with a secret that opens the intake', async () => {
    const written = await init();
    expect(statSync(written.file).mode & 0o777).toBe(0o600);
    expect(written.secret).toMatch(/^[0-9a-f]{40}$/);
    const config = configOf(written);
    expect(config.warnings).toEqual([]);
    expect(config.listen).toEqual({ host: '127.0.0.1', port: 7780 });
    const access = createAccess(config);
    expect(access.open).toBe(true);
    expect(access.authorize({ header: null, url: written.secret })?.role).toBe('ingest');
  });

  test.each([[[]], [['--host', '0.0.0.0']]])(
    'the file of %j is valid by the schema that it names',
    async (args) => {
      const { file } = await init(...args);
      const text = readFileSync(file, 'utf8');
      const named = /\$schema=(.*)$/m.exec(text)?.[1] ?? '';
      const validate = new Ajv({ allowUnionTypes: true }).compile(
        JSON.parse(readFileSync(named, 'utf8')) as object,
      );
      expect(validate(parse(text)), JSON.stringify(validate.errors)).toBe(true);
      expect(validate({ listen: { port: 'http' } })).toBe(false);
    },
  );

  test('says when the secret is needed, and commands that work in a fresh clone', async () => {
    const local = (await runCli(['init'], { directory: newFolder() })).printed;
    expect(local).toContain('Optional here: on loopback without tokens');
    const open = (await runCli(['init', '--host', '0.0.0.0'], { directory: newFolder() })).printed;
    expect(open).toContain('Required from every sensor and shipper');
    for (const printed of [local, open]) {
      expect(printed).toContain('npx eyrie serve --config');
      expect(printed).not.toMatch(/(?<!npx )\beyrie (?:serve|doctor|init)\b/);
    }
  });

  test('makes another secret every time', async () => {
    expect((await init()).secret).not.toBe((await init()).secret);
  });

  test('an open address gets tokens, without which it would not start', async () => {
    const written = await init('--host', '0.0.0.0', '--port', '9000');
    const access = createAccess(configOf(written));
    expect(access.open).toBe(false);
    const roleOf = (token = '') => access.authorize({ header: token, url: null })?.role;
    expect(roleOf(written.tokens['admin'])).toBe('admin');
    expect(roleOf(written.tokens['viewer'])).toBe('read');
    expect(written.url).toMatch(/^http:\/\/[^0].*:9000$/);
  });

  test('the address that is told is the public one where there is one', async () => {
    const { url, file } = await init('--host', '0.0.0.0', '--public-url', 'https://e.example/x/');
    expect(url).toBe('https://e.example/x');
    expect(readFileSync(file, 'utf8')).toContain('publicUrl: https://e.example/x/');
  });

  test('an address of IPv6 stands in brackets', async () => {
    expect((await init('--host', '::1')).url).toBe('http://[::1]:7780');
  });

  test('what it tells the sensors is YAML and leads to this server with this secret', async () => {
    const { secret, url, snippets } = await init('--port', '9000');
    expect(url).toBe('http://127.0.0.1:9000');
    const falco = parse(snippets['falco'] ?? '');
    expect(falco).toMatchObject({ json_output: true, http_output: { enabled: true } });
    expect(falco.http_output.url).toBe(`http://127.0.0.1:9000/v1/ingest/falco/${secret}`);
    expect(falco.append_output[0]).toEqual({ suggested_output: true });
    expect(falco.append_output[1].extra_fields).toContain('proc.pid');
    expect(falco.metrics).toMatchObject({ enabled: true, output_rule: true });
    expect(parse(snippets['falcosidekick'] ?? '')).toEqual({
      webhook: {
        address: 'http://127.0.0.1:9000/v1/ingest/falco',
        customHeaders: { 'X-Eyrie-Secret': secret },
      },
    });
    const deny = parse(snippets['tetragon'] ?? '').tetragon.exportDenyList as string;
    expect(deny.split('\n').map((line) => JSON.parse(line) as unknown)).toEqual([
      { health_check: true },
    ]);
    const { sinks } = parse(snippets['vector'] ?? '');
    expect(sinks.eyrie.uri).toBe('http://127.0.0.1:9000/v1/ingest/tetragon');
    expect(sinks.eyrie.request.headers).toEqual({ 'X-Eyrie-Secret': secret });
    const [input] = parse(snippets['fluent-bit'] ?? '').pipeline.inputs;
    expect(input).toMatchObject({ read_from_head: 'on', skip_long_lines: 'on' });
    expect(input.db).toMatch(/\.db$/);
    const [output] = parse(snippets['fluent-bit'] ?? '').pipeline.outputs;
    expect(output).toMatchObject({ host: '127.0.0.1', port: 9000, uri: '/v1/ingest/tetragon' });
    expect(output.header).toBe(`X-Eyrie-Secret ${secret}`);
  });

  test('a secret in the url of Falco may also be its user or password', async () => {
    const written = await init();
    const access = createAccess(configOf(written));
    for (const userInfo of [`${written.secret}:`, `falco:${written.secret}`]) {
      const authorization = `Basic ${Buffer.from(userInfo).toString('base64')}`;
      const credentials = credentialsOf({ headers: { authorization } });
      expect(access.authorize(credentials)?.name).toBe('sensors');
    }
  });

  test('never writes over a file, unless told to, and then keeps it', async () => {
    const directory = newFolder();
    const file = join(directory, 'eyrie.yaml');
    writeFileSync(file, 'listen: { port: 1 }\n');
    const refused = await runCli(['init'], { directory });
    expect(refused.code).toBe(EXIT.usage);
    expect(refused.noted).toContain('--force');
    expect(readFileSync(file, 'utf8')).toBe('listen: { port: 1 }\n');
    expect((await runCli(['init', '--force'], { directory })).code).toBe(EXIT.ok);
    expect(readFileSync(`${file}.old`, 'utf8')).toBe('listen: { port: 1 }\n');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('a folder or an address that can not be is told, and nothing is written', async () => {
    const directory = newFolder();
    writeFileSync(join(directory, 'file'), '');
    for (const args of [
      ['--dir', 'file'],
      ['--dir', 'file/below'],
      ['--host', 'fe80::1%eth0', '--dir', 'odd'],
    ]) {
      const result = await runCli(['init', ...args], { directory });
      expect(result).toMatchObject({ code: EXIT.usage, printed: '' });
      expect(result.noted).toMatch(/can not be the folder|no address that sensors could be given/);
    }
    expect(readdirSync(directory)).toEqual(['file']);
  });

  test('makes the folder it is told', async () => {
    const directory = newFolder();
    const { code, printed } = await runCli(['init', '--dir', 'a/b'], { directory });
    expect(code).toBe(EXIT.ok);
    expect(printed).toContain(`Wrote ${join(directory, 'a/b/eyrie.yaml')}`);
    expect(printed).toContain('npx eyrie doctor --to http://127.0.0.1:7780');
  });

  test.each([
    [['--port', '0'], '--port: listen.port: is 0'],
    [['--port', 'http'], '--port: listen.port: is "http"'],
    [['--host', 'a b'], '--host: listen.host: is "a b"'],
    [['--public-url', 'eyrie.example'], '--public-url: publicUrl'],
    [['--prot', '1'], 'Did you mean --port?'],
  ])('%j is refused before anything is written', async (args, message) => {
    const directory = newFolder();
    const result = await runCli(['init', ...args], { directory });
    expect(result.code).toBe(EXIT.usage);
    expect(result.noted).toContain(message);
    expect(() => statSync(join(directory, 'eyrie.yaml'))).toThrow('ENOENT');
  });
});
