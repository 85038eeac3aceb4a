import { describe, expect, test } from 'vitest';
import { cutSecrets } from '../../src/telemetry/cut-secrets.ts';
import { createLogger, SILENT_LOGGER, type LogLevel } from '../../src/telemetry/log.ts';

function loggerInto(level: LogLevel) {
  const lines: string[] = [];
  const logger = createLogger({ level, stream: { write: (line) => void lines.push(line) } });
  return { logger, lines };
}

describe('secrets are cut', () => {
  test.each([
    ['/v1/ingest/falco/hunter2', '/v1/ingest/falco/[secret]'],
    ['/v1/ingest/hunter2', '/v1/ingest/[secret]'],
    ['/v1/ingest/falco', '/v1/ingest/falco'],
    ['/v1/ingest', '/v1/ingest'],
    ['/v1/ingest?secret=hunter2&x=1', '/v1/ingest?secret=[secret]&x=1'],
    ['POST http://user:hunter2@host/x failed', 'POST http://[secret]@host/x failed'],
    ['got "Authorization: Bearer hunter2"', 'got "Authorization: Bearer [secret]"'],
    ['Basic aHVudGVyMg== was sent', 'Basic [secret] was sent'],
    ['nothing to hide at https://host/path', 'nothing to hide at https://host/path'],
  ])('%s', (text, expected) => {
    expect(cutSecrets(text)).toBe(expected);
  });
});

describe('the log', () => {
  test('is one JSON object per line', () => {
    const { logger, lines } = loggerInto('info');
    logger.info({ pod: 'a\nb\u001b[31m' }, 'A pod was seen.');
    expect(lines).toHaveLength(1);
    expect(lines[0]?.trimEnd()).not.toContain('\n');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      pod: 'a\nb\u001b[31m',
      msg: 'A pod was seen.',
    });
  });

  test('leaves out what is below its level', () => {
    const { logger, lines } = loggerInto('warn');
    logger.info({}, 'quiet');
    logger.warn({}, 'loud');
    expect(lines).toHaveLength(1);
  });

  test('shows no credential of headers, requests or errors', () => {
    const { logger, lines } = loggerInto('debug');
    logger.info({ headers: { authorization: 'Bearer hunter2', 'x-eyrie-secret': 'hunter2' } }, 'a');
    logger.info({ token: 'hunter2', secret: 'hunter2' }, 'b');
    logger.info({ req: { method: 'POST', url: '/v1/ingest/falco/hunter2' } }, 'c');
    logger.error({ err: new Error('http://u:hunter2@host/ refused') }, 'd');
    expect(lines).toHaveLength(4);
    expect(lines.join('')).not.toContain('hunter2');
    expect(JSON.parse(lines[3] ?? '').err.message).toBe('http://[secret]@host/ refused');
  });

  test('can be silent', () => {
    expect(() => SILENT_LOGGER.error({}, 'nobody hears')).not.toThrow();
  });
});
