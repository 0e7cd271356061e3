// GnuTLS's gnutls-cli and gnutls-serv. Each handshake of gnutls-serv waits about 100 ms; --udp needs --echo.
import type { TestContext } from 'node:test';
import { keyFile } from './keys.js';
import { find, HEX, IDENTITY, start } from './peers.js';
import type { Peer } from './peers.js';

export const cli = find('gnutls-cli', ['--version'], 'gnutls-bin');
const serv = find('gnutls-serv', ['--version'], 'gnutls-bin');

/** DTLS 1.2 with one cipher and one key exchange; `more` begins with a colon. */
export const priority = (cipher = 'AES-128-CCM-8', more = '', exchange = 'PSK') =>
  `NORMAL:-VERS-ALL:+VERS-DTLS1.2:-CIPHER-ALL:+${cipher}:-KX-ALL:+${exchange}${more}`;

/** gnutls-cli, with the key that all peers know unless told of another: sends what is written to it. */
export function client(t: TestContext, port: number, priorities = priority(), ...more: string[]): Peer {
  return start(t, cli, ['127.0.0.1', '--udp', '--port', `${port}`, '--priority', priorities,
    ...(more.includes('--pskusername') ? [] : ['--pskusername', IDENTITY, '--pskkey', HEX]), ...more]);
}

/** gnutls-serv, which echoes, one client after the other. */
export async function server(t: TestContext, priorities = priority(), ...more: string[]): Promise<{ peer: Peer; port: number }> {
  const keys = more.includes('--pskpasswd') ? [] : ['--pskpasswd', keyFile(t)];
  const peer = start(t, serv, ['--udp', '--port', '0', '--priority', priorities, '--echo', ...keys, ...more]);
  await peer.says(/listening on IPv4 .*done/);
  return { peer, port: peer.port() };
}
