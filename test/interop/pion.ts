// pion's DTLS client and server, in pion/main.go.
import { existsSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { compiled, top } from './compile.js';
import { find, start } from './peers.js';
import type { Peer, Program } from './peers.js';

const GO = '/usr/share/gocode';

export const pion = program();

/** `suite` is a number. Sends what is written to it. */
export function client(t: TestContext, port: number, suite: number, ...more: string[]): Peer {
  return run(t, ['-role', 'client', '-port', `${port}`, '-suite', suite.toString(16), ...more]);
}

/** Serves one client. */
export async function server(t: TestContext, suite: number, ...more: string[]): Promise<{ peer: Peer; port: number }> {
  const peer = run(t, ['-role', 'server', '-suite', suite.toString(16), ...more]);
  const [, port] = await peer.says(/LISTENING (\d+)/);
  return { peer, port: Number(port) };
}

function run(t: TestContext, args: string[]): Peer {
  if (pion.missing !== '') throw new Error(pion.missing);
  const folder = compiled('pion/main.go', pion.version, (source, into) => ({
    command: 'go',
    args: ['build', '-o', `${into}/pion`, source],
    env: { GO111MODULE: 'off', GOPATH: GO, GOCACHE: `${top}dist/peers/go` },
  }));
  return start(t, { ...pion, path: `${folder}/pion` }, args);
}

function program(): Program {
  const from = 'golang-go golang-github-pion-dtls.v2-dev';
  const { missing, version } = find('go', ['version'], from);
  const isThere = existsSync(`${GO}/src/github.com/pion/dtls/v2`);
  return { path: 'go', version: `v2 (Go ${version})`, missing: missing || (isThere ? '' : `no pion: apt-get install ${from}`) };
}
