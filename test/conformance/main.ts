// `npm run conformance -- events PATH`: does Eyrie read these files as it should?
import { existsSync } from 'node:fs';
import Table from 'cli-table3';
import { type FileResult, judgeEvents } from './events.ts';
import { Summary } from './summary.ts';

const USAGE = 'Usage: npm run conformance -- events PATH';
/** Sample data that a checkout may lack. */
const OPTIONAL_PREFIX = '../shared/';

/** Runs one suite over a path; returns the exit code. */
async function main(suite: string | undefined, path: string | undefined): Promise<number> {
  if (suite !== 'events' || path === undefined) {
    console.error(USAGE);
    return 1;
  }
  if (!existsSync(path)) return sayAbsent(path);
  const results = await judgeEvents(path);
  if (results.length === 0) return sayEmpty(path);
  console.log(tableOf(results));
  console.log(summaryOf(results));
  for (const { file, faults } of results) {
    for (const fault of faults) console.log(`FAILED ${file}: ${fault}`);
  }
  const failed = results.filter((result) => result.faults.length > 0).length;
  console.log(`${String(results.length - failed)} passed, ${String(failed)} failed`);
  return failed === 0 ? 0 : 1;
}

function sayAbsent(path: string): number {
  if (path.startsWith(OPTIONAL_PREFIX)) {
    console.log(`${path} is absent here: nothing was checked.`);
    console.log('0 passed, 0 failed');
    return 0;
  }
  console.log(`FAILED ${path}: there is no such file or folder`);
  console.log('0 passed, 1 failed');
  return 1;
}

function sayEmpty(path: string): number {
  console.log(`FAILED ${path}: the folder holds no file to check`);
  console.log('0 passed, 1 failed');
  return 1;
}

function tableOf(results: readonly FileResult[]): string {
  const head = ['file', 'accepted', 'duplicate', 'rejected', 'skipped', 'codes', 'result'];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const result of results) {
    const codes = [...result.codes].map(([code, times]) => `${code} ${String(times)}`).join(', ');
    const { file, accepted, duplicate, rejected, skipped } = result;
    const verdict = result.faults.length === 0 ? 'passed' : 'FAILED';
    table.push([file, accepted, duplicate, rejected, skipped, codes, verdict]);
  }
  return table.toString();
}

/** What was accepted, by type; a field no schema names is no fault, but worth a look. */
function summaryOf(results: readonly FileResult[]): string {
  const summary = new Summary();
  for (const { events } of results) for (const event of events) summary.add(event);
  const head = ['type', 'version from', 'count', 'unknown fields'];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const { type, version, count, unknown } of summary.list()) {
    table.push([type, version, count, [...unknown].join('\n')]);
  }
  return table.toString();
}

process.exitCode = await main(process.argv[2], process.argv[3]);
