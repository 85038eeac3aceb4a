// Followed files, from the line in the file to the incident, over a restart of the real server.
import { appendFileSync, renameSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { createTemporaryFiles } from '../support/temporary-files.ts';
import { getJson } from '../support/post-events.ts';
import { Author } from '../support/story-author.ts';
import { getStatus, listIncidents, openServer } from './test-server.ts';

const append = (path: string, records: readonly Uint8Array[]): void =>
  appendFileSync(path, records.map((record) => `${Buffer.from(record).toString()}\n`).join(''));

interface FilesStatus {
  readonly files: readonly { readonly behindBytes: number; readonly lines: number }[];
}

test('what a sensor appends becomes incidents, and a restart reads no line again', async (context) => {
  const files = createTemporaryFiles();
  context.onTestFinished(() => files.remove());
  const path = files.path('tetragon.log');
  const author = new Author(Date.now());
  append(path, author.chain('cart'));
  const first = await openServer(context, { files, follow: [path] });
  await vi.waitFor(async () => {
    expect((await getStatus(first.url)).events).toMatchObject({ accepted: 3 });
  });
  await first.stop();
  append(path, author.scans('shop'));
  renameSync(path, files.path('tetragon-2026-01-02T03-04-05.000.log'));
  append(path, [author.shell('late'), author.flush(8_000)]);

  const { url } = await openServer(context, { files, follow: [files.path('*.log')] });
  await vi.waitFor(
    async () => {
      const { events } = await getStatus(url);
      expect(events).toMatchObject({ received: 8, accepted: 8, duplicate: 0 });
      expect((await listIncidents(url)).length).toBeGreaterThanOrEqual(3);
    },
    { timeout: 10_000, interval: 100 },
  );
  const status = await getJson<FilesStatus>(`${url}/v1/status`);
  expect(status.files).toMatchObject([{ path, lines: 8, behindBytes: 0, error: null }]);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toContain('eyrie_file_lines_total 5');
  expect(metrics).toContain(`eyrie_file_behind_bytes{path="${files.path('*.log')}"} 0`);
});
