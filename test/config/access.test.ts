import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createAccess, isTrustedHost, mayAct } from '../../src/config/access.ts';
import { ROLES } from '../../src/config/config.ts';
import { credentialsOf } from '../../src/config/credentials.ts';
import { loadConfig, type ConfigFlags } from '../../src/config/load-config.ts';

function accessOf(yaml: string, flags: ConfigFlags = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'eyrie-access-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, 'eyrie.yaml'), yaml);
  return createAccess(loadConfig({ flags, environment: {}, directory }));
}

const YAML = `
cluster: { name: prod }
latenessMs: 700
tokens:
  - { name: soc, token: soc-token-0123456789, role: analyst }
  - { name: far, token: far-token-0123456789, role: read, clusters: [far, farther] }
  - { name: pipe, token: pipe-token-0123456789, role: ingest }
ingest:
  secrets:
    - { name: falco, secret: falco-secret-0123456789, sensor: falco, cluster: edge, latenessMs: 0 }
`;

const header = (text: string) => ({ header: text, url: null });
const url = (text: string) => ({ header: null, url: text });
const NOTHING = { header: null, url: null };

describe('with tokens', () => {
  test('a token is its role, its clusters and the settings of the house', () => {
    const access = accessOf(YAML);
    expect(access.open).toBe(false);
    expect(access.authorize(header('soc-token-0123456789'))).toEqual({
      name: 'soc',
      role: 'analyst',
      scope: { clusters: null },
      cluster: 'prod',
      latenessMs: 700,
      sensor: 'any',
    });
    expect(access.authorize(header('far-token-0123456789'))).toMatchObject({
      scope: { clusters: ['far', 'farther'] },
      cluster: 'far',
    });
  });

  test('a secret is its sensor, cluster and lateness, and can read nothing', () => {
    const identity = accessOf(YAML).authorize(header('falco-secret-0123456789'));
    expect(identity).toEqual({
      name: 'falco',
      role: 'ingest',
      scope: { clusters: [] },
      cluster: 'edge',
      latenessMs: 0,
      sensor: 'falco',
    });
  });

  test('only what may do no more than ingest is taken from a URL', () => {
    const access = accessOf(YAML);
    expect(access.authorize(url('falco-secret-0123456789'))?.name).toBe('falco');
    expect(access.authorize(url('pipe-token-0123456789'))?.name).toBe('pipe');
    expect(access.authorize(url('soc-token-0123456789'))).toBeNull();
  });

  test.each([NOTHING, header('wrong'), header(''), url('wrong'), header('soc-token-012345678')])(
    '%j is nobody',
    (credentials) => {
      expect(accessOf(YAML).authorize(credentials)).toBeNull();
    },
  );

  test('a wrong header is not made good by a right URL', () => {
    const both = { header: 'wrong', url: 'falco-secret-0123456789' };
    expect(accessOf(YAML).authorize(both)).toBeNull();
  });
});

describe('without tokens', () => {
  test('everybody on this machine is the administrator', () => {
    const access = accessOf('');
    expect(access.open).toBe(true);
    expect(access.authorize(NOTHING)).toMatchObject({ name: 'local', role: 'admin' });
    expect(access.authorize(header('anything'))?.name).toBe('local');
  });

  test('a secret for sensors still says what they are, and a wrong one is refused', () => {
    const access = accessOf('ingest: { secrets: [{ name: a, secret: a-secret-0123456789 }] }');
    expect(access.authorize(url('a-secret-0123456789'))?.name).toBe('a');
    expect(access.authorize(url('b-secret-0123456789'))).toBeNull();
    expect(access.authorize(NOTHING)?.name).toBe('local');
  });

  test('an address of the network is open only when that was asked for', () => {
    const access = accessOf('', { host: '0.0.0.0', insecure: true });
    expect(access.open).toBe(true);
    expect(isTrustedHost(access, 'any.example')).toBe(true);
  });
});

describe('host names', () => {
  test('are looked at only where no token is', () => {
    expect(isTrustedHost(accessOf(YAML), 'any.example')).toBe(true);
    expect(isTrustedHost(accessOf(''), 'any.example')).toBe(false);
    expect(isTrustedHost(accessOf(''), undefined)).toBe(false);
  });

  test.each(['localhost', 'LOCALHOST:1', '127.0.0.1:7780', '[::1]:7780', 'my.example:443'])(
    '%s is ours',
    (host) => {
      expect(isTrustedHost(accessOf('publicUrl: https://my.example'), host)).toBe(true);
    },
  );

  test.each(['localhost.evil.example', '127.0.0.1.evil.example', 'my.example.evil', ''])(
    '%s is not',
    (host) => {
      expect(isTrustedHost(accessOf('publicUrl: https://my.example'), host)).toBe(false);
    },
  );
});

test('each role includes those before it and no other', () => {
  for (const [has, role] of ROLES.entries()) {
    for (const [needs, needed] of ROLES.entries()) {
      expect(mayAct(role, needed)).toBe(has >= needs);
    }
  }
});

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('credentials of a request', () => {
  test.each([
    [{ authorization: 'Bearer abc' }, 'abc'],
    [{ authorization: 'bearer  abc ' }, 'abc'],
    [{ authorization: basic('user:pass:word') }, 'pass:word'],
    [{ 'x-eyrie-secret': 'abc' }, 'abc'],
    [{ authorization: 'Digest abc', 'x-eyrie-secret': 'def' }, 'def'],
    [{ authorization: 'Bearer ' }, null],
    // curl writes it so for http://SECRET@host
    [{ authorization: basic('secret:') }, 'secret'],
    [{ authorization: basic(':') }, null],
    [{ authorization: basic('user') }, null],
    [{ authorization: 'abc' }, null],
    [{}, null],
  ])('%j shows %s', (headers, expected) => {
    expect(credentialsOf({ headers }).header).toBe(expected);
  });

  test('of the URL stand in the path or the query, once', () => {
    const headers = {};
    expect(credentialsOf({ headers, query: { secret: 'q' } }).url).toBe('q');
    expect(credentialsOf({ headers, query: { secret: 'q' } }, 'p').url).toBe('p');
    expect(credentialsOf({ headers, query: { secret: ['a', 'b'] } }).url).toBeNull();
    expect(credentialsOf({ headers, query: Object.create({ secret: 'x' }) }).url).toBeNull();
  });
});
