// OpenSSL's s_client and s_server.
import type { TestContext } from 'node:test';
import { find, HEX, IDENTITY, start } from './peers.js';
import type { Peer } from './peers.js';

export const openssl = find('openssl', ['version'], 'openssl');

/** With the key that all peers know; of an option given twice the later one counts. CCM_8 wants security level 0. */
const common = (ciphers = 'PSK-AES128-CCM8') => ['-psk', HEX, '-psk_identity', IDENTITY, '-cipher', `${ciphers}:@SECLEVEL=0`];

/** s_client: says what comes, sends what is written to it; a line of Q ends it. */
export function client(t: TestContext, port: number, ciphers?: string, ...more: string[]): Peer {
  const version = more.includes('-dtls1') ? [] : ['-dtls1_2'];
  return start(t, openssl, ['s_client', '-connect', `127.0.0.1:${port}`, ...version, ...common(ciphers), ...more]);
}

/** s_server; with `-listen` it asks for a cookie, serves one client and ends. */
export async function server(t: TestContext, ciphers?: string, ...more: string[]): Promise<{ peer: Peer; port: number }> {
  const credential = more.includes('-cert') ? [] : ['-nocert'];
  const peer = start(t, openssl, ['s_server', '-dtls1_2', '-accept', '127.0.0.1:0', ...credential, ...common(ciphers), ...more]);
  const [, port] = await peer.says(/ACCEPT 127\.0\.0\.1:(\d+)/);
  return { peer, port: Number(port) };
}
