// BouncyCastle's DTLS client and server, in bouncycastle/Peer.java.
import { existsSync, readlinkSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { compiled } from './compile.js';
import { find, HEX, IDENTITY, start } from './peers.js';
import type { Peer, Program } from './peers.js';

const JARS = ['bctls', 'bcprov', 'bcutil'].map((name) => `/usr/share/java/${name}.jar`);

export const bouncycastle = program();

/** Talks with the key that all peers know unless `more` says otherwise; `suite` is a number. Sends what is written to it. */
export function client(t: TestContext, port: number, suite: number, ...more: string[]): Peer {
  return run(t, 'client', port, suite, more);
}

/** Asks for a cookie and serves one client. */
export async function server(t: TestContext, suite: number, ...more: string[]): Promise<{ peer: Peer; port: number }> {
  const peer = run(t, 'server', 0, suite, more);
  const [, port] = await peer.says(/LISTENING (\d+)/);
  return { peer, port: Number(port) };
}

function run(t: TestContext, role: string, port: number, suite: number, more: string[]): Peer {
  const folder = compiled('bouncycastle/Peer.java', bouncycastle.version, (source, into) =>
    ({ command: 'javac', args: ['-proc:none', '-cp', JARS.join(':'), '-d', into, source] }));
  const quick = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];
  return start(t, bouncycastle, [...quick, '-cp', [folder, ...JARS].join(':'), 'Peer', `role=${role}`, `port=${port}`,
    `suite=${suite.toString(16)}`, `psk=${HEX}`, `identity=${IDENTITY}`, ...more]);
}

function program(): Program {
  const from = 'default-jdk-headless libbctls-java';
  const compiler = find('javac', ['-version'], from);
  const isThere = JARS.every((jar) => existsSync(jar));
  const missing = compiler.missing || (isThere ? '' : `no bctls.jar: apt-get install ${from}`);
  const version = isThere ? /\d+\.\d+/.exec(readlinkSync(JARS[0]!))?.[0] ?? '' : '';
  return { path: 'java', version, missing };
}
