// libcoap's coap-server, over either of its backends.
import type { TestContext } from 'node:test';
import { KEY, start } from './peers.js';
import type { Program } from './peers.js';

let count = 0;

/**
 * A server for the length of a test; new resources may be put. It takes two ports in a row, which the system cannot choose:
 * so it has an address of its own, made of the number of the process.
 */
export async function startCoapServer(t: TestContext, program: Program): Promise<{ host: string; port: number }> {
  const { pid } = process, host = `127.${pid >> 16 & 255}.${pid >> 8 & 255}.${pid & 255}`, port = 5683 + 2 * count++;
  const peer = start(t, program, ['-A', host, '-p', `${port}`, '-k', KEY.toString(), '-d', '10', '-v', '7']);
  await peer.says(/created DTLS endpoint/);
  return { host, port: port + 1 };
}
