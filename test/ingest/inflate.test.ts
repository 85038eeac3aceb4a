import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { inflateGzip, isGzip } from '../../src/ingest/inflate.ts';

const MIB = 1024 * 1024;

test('several members are one body', async () => {
  const packed = Buffer.concat([gzipSync('one\n'), gzipSync('two\n')]);
  const inflated = await inflateGzip(packed, 100);
  expect(inflated.ok && Buffer.from(inflated.bytes).toString()).toBe('one\ntwo\n');
});

test('a bomb stops at the cap', async () => {
  const bomb = gzipSync(Buffer.alloc(64 * MIB));
  const before = process.memoryUsage().rss;
  expect(await inflateGzip(bomb, MIB)).toMatchObject({ ok: false, code: 'too-large' });
  expect(process.memoryUsage().rss - before).toBeLessThan(32 * MIB);
});

test('exactly the cap is let through', async () => {
  expect(await inflateGzip(gzipSync(Buffer.alloc(1000)), 1000)).toMatchObject({ ok: true });
});

test('cut or broken data is an error at every place, never a throw', async () => {
  const packed = gzipSync('{"rule":"x"}\n'.repeat(50));
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: packed.length - 1 }), async (length) => {
      const result = await inflateGzip(packed.subarray(0, length), MIB);
      expect(result).toMatchObject({ ok: false, code: 'bad-gzip' });
    }),
    { numRuns: 50 },
  );
  expect(await inflateGzip(Buffer.from('no gzip'), MIB)).toMatchObject({ code: 'bad-gzip' });
});

test('gzip is told by its first bytes', () => {
  expect(isGzip(gzipSync(''))).toBe(true);
  expect(isGzip(Buffer.from('{}'))).toBe(false);
});
