import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { judgeEvents } from './events.ts';

const SAMPLES = '../shared/data/events';
const ALERT = '{"time":"2026-05-28T20:26:01.5Z","rule":"R","priority":"Notice","output_fields":{}}';
const LOG_LINE = '2026-05-28: Falco version 0.44.1';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'conformance-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('the suite of events', () => {
  test('counts what became of each record, whether packed or not', async () => {
    await writeFile(join(folder, 'a.log'), `${ALERT}\n${LOG_LINE}\n${ALERT}\n{"x":1}\n`);
    await writeFile(join(folder, 'b.log.gz'), gzipSync(`${ALERT}\n`));
    const [plain, packed] = await judgeEvents(folder);
    expect(plain).toMatchObject({ accepted: 1, duplicate: 1, skipped: 1, rejected: 1, faults: [] });
    expect(plain?.codes.get('unknown-sensor')).toBe(1);
    expect(packed).toMatchObject({ file: 'b.log.gz', accepted: 1, faults: [] });
  });

  test('judges against EXPECTED.json, numbers and ranges', async () => {
    await writeFile(join(folder, 'a.log'), `${ALERT}\n`);
    const expected = { 'a.log': { accepted: 2, duplicate: [0, 1] } };
    await writeFile(join(folder, 'EXPECTED.json'), JSON.stringify(expected));
    const [result] = await judgeEvents(folder);
    expect(result?.faults).toEqual(['accepted: 1 instead of 2']);
  });

  test('a file that is expected and absent fails', async () => {
    await writeFile(join(folder, 'a.log'), `${ALERT}\n`);
    const expected = { 'a.log': { accepted: 1 }, 'b/gone.log': { accepted: 1 } };
    await writeFile(join(folder, 'EXPECTED.json'), JSON.stringify(expected));
    const [present, absent] = await judgeEvents(folder);
    expect(present?.faults).toEqual([]);
    expect(absent).toMatchObject({
      file: join('b', 'gone.log'),
      faults: ['EXPECTED.json expects it, but there is no such file'],
    });
  });

  test('a file that can not be read fails instead of stopping the rest', async () => {
    await writeFile(join(folder, 'a.gz'), gzipSync(ALERT).subarray(0, 30));
    await writeFile(join(folder, 'b.log'), ALERT);
    const [cut, whole] = await judgeEvents(folder);
    expect(cut?.faults[0]).toMatch(/ends in the middle/);
    expect(whole?.faults).toEqual([]);
  });
});

test('the collected samples are read as they should be', async () => {
  if (!existsSync(SAMPLES)) {
    console.warn(`${SAMPLES} is absent here: nothing was checked.`);
    expect(existsSync(SAMPLES)).toBe(false);
    return;
  }
  const fine = new Set(['unsupported-kind', 'invalid-json']);
  for (const { file, accepted, rejected, codes, faults } of await judgeEvents(SAMPLES)) {
    expect(faults, file).toEqual([]);
    expect(
      [...codes.keys()].filter((code) => !fine.has(code)),
      file,
    ).toEqual([]);
    expect(accepted + rejected, file).toBeGreaterThan(0);
    if (!file.endsWith('.json')) expect(codes.get('invalid-json') ?? 0, file).toBe(0);
  }
});
