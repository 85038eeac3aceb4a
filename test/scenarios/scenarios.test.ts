// Each scenario through the whole pipeline, into a real database, against what it must give.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { rebuildDatabase, replayFiles, verifyDatabase } from '../../src/app.ts';
import { compareGolden } from '../../src/cli/compare-golden.ts';
import { toReplayDocument } from '../../src/cli/replay-document.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { SILENT_LOGGER } from '../../src/telemetry/log.ts';

const FOLDER = join(import.meta.dirname, '../../fixtures/scenarios');
const scenarios = readdirSync(FOLDER, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'eyrie-scenario-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('there are at least six scenarios', () => {
  expect(scenarios.length).toBeGreaterThanOrEqual(6);
});

describe.each(scenarios)('%s', (name) => {
  test('gives the expected incidents, in a database that verifies and rebuilds', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'eyrie.sqlite');
    const config = loadConfig({ flags: { db: file }, environment: {}, directory: folder });
    const result = await replayFiles({
      config,
      podDumps: [join(FOLDER, name, 'pods.json')],
      files: [join(FOLDER, name, 'input.ndjson')],
      log: SILENT_LOGGER,
    });
    const golden: unknown = JSON.parse(readFileSync(join(FOLDER, name, 'expected.json'), 'utf8'));
    expect(compareGolden(golden, toReplayDocument(result))).toEqual([]);

    const rebuilt = join(folder, 'rebuilt.sqlite');
    await rebuildDatabase({ from: file, to: rebuilt, log: SILENT_LOGGER });
    for (const checked of [file, rebuilt]) {
      const failed = (await verifyDatabase(checked)).filter((check) => !check.ok);
      expect(failed).toEqual([]);
    }
  });
});
