// Child processes, and failures the user can do something about.
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

/** A failure that explains itself: what to do, or what a tool said. Printed without a stack. */
export class Failure extends Error {}

/** The first executable of that name in PATH, or null. */
export function which(name, path = process.env.PATH ?? '') {
  for (const folder of path.split(delimiter)) {
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch { /* not here */ }
  }
  return null;
}

/** Runs a command quietly and returns what it printed; throws with all of its output if it fails. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  if (result.error) throw result.error;
  if (result.status !== 0) {
    const output = `${result.stdout}${result.stderr}`.trim();
    throw new Failure(`${command} ended with ${result.status ?? result.signal}:\n${output}`);
  }
  return result.stdout;
}

/** Runs a Node script with this very Node, whatever PATH holds. */
export function runNode(script, args, options) {
  return run(process.execPath, [script, ...args], options);
}

/** Runs a command and hands its output on, line by line, as `show` prints it; resolves to {status, lines}. */
export function follow(command, args, show, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['inherit', 'pipe', 'pipe'], ...options });
    const lines = [];
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        show(line);
      });
    }
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, lines }));
  });
}

/** Runs a command in this terminal and resolves to its exit code. Ctrl-C reaches it by the terminal; other signals that
 * would end us are passed on, so that it never stays behind. */
export function handOver(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', ...options });
    const handlers = { SIGINT: () => {}, SIGTERM: () => child.kill('SIGTERM'), SIGHUP: () => child.kill('SIGHUP') };
    for (const [signal, handler] of Object.entries(handlers)) process.on(signal, handler);
    child.on('error', reject);
    child.on('close', (status, signal) => {
      for (const [name, handler] of Object.entries(handlers)) process.off(name, handler);
      resolve(status ?? (signal === 'SIGINT' ? 130 : 1));
    });
  });
}

/** Runs `work` if the module at `url` is the script that was started, and turns a failure into a line and an exit code. */
export async function main(url, work) {
  if (url !== pathToFileURL(process.argv[1]).href) return;
  try {
    process.exitCode = (await work(process.argv.slice(2))) ?? 0;
  } catch (error) {
    console.error(error instanceof Failure ? `thimble: ${error.message}` : error);
    process.exitCode = 1;
  }
}
