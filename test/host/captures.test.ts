// Captures: does tshark read the CoAP in them with nothing but what they carry?
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { connect, listen, PcapngWriter } from '../../host/node/index.js';
import { noIPv6 } from './ends.js';

const key = Buffer.from('secretPSK');
/** GET coap://…/time, and 2.05 "noon" */
const GET = Buffer.from('40010001b474696d65', 'hex');
const CONTENT = Buffer.from('60450001ff6e6f6f6e', 'hex');

const scratch = mkdtempSync(join(tmpdir(), 'thimble-captures-'));
after(() => rmSync(scratch, { recursive: true }));

function tsharkVersion(): string | false {
  try {
    return execFileSync('tshark', ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return false;
  }
}
const skip = tsharkVersion() ? false : 'tshark is not installed: apt-get install tshark';

/** What tshark finds in a capture: one line of fields for each packet. */
function dissect(file: string, port: number, fields: string[]): string[] {
  const output = execFileSync('tshark', ['-r', file, '-d', `udp.port==${port},dtls`, '-d', `dtls.port==${port},coap`,
    '-o', 'udp.check_checksum:TRUE', '-o', 'ip.check_checksum:TRUE', '-T', 'fields', '-E', 'separator=|',
    ...fields.flatMap((field) => ['-e', field])], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return output.trimEnd().split('\n');
}

/** A session over this host with one request and its response, captured by one side. */
async function record(host: string, side: 'client' | 'server', ciphers: string): Promise<{ file: string; port: number }> {
  const file = join(scratch, `${side}-${ciphers}-${host.replaceAll(':', '.')}.pcapng`), descriptor = openSync(file, 'w');
  const writer = new PcapngWriter((bytes) => writeSync(descriptor, bytes));
  const recorder = { keylog: (line: string) => writer.secrets(line),
    capture: (...[datagram, from, to]: Parameters<PcapngWriter['datagram']>) => writer.datagram(datagram, from, to) };
  const endpoint = listen((session) => { session.onmessage = () => { session.send(CONTENT); }; },
    { host, port: 0, psk: { dev1: key }, ...(side === 'server' ? recorder : {}) });
  const { port } = endpoint.address!;
  const session = connect(host, port, { psk: { identity: 'dev1', key }, ciphers, ...(side === 'client' ? recorder : {}) });
  const messages = session[Symbol.asyncIterator]();
  await session.opened;
  session.send(GET);
  await messages.next();
  await session.close();
  await endpoint.close();
  closeSync(descriptor);
  return { file, port };
}

describe('a capture with its keys', { skip }, () => {
  const recordings = [['127.0.0.1', 'client', 'PSK-AES128-CCM8'], ['127.0.0.1', 'server', 'PSK-AES128-CCM'],
    ['::1', 'client', 'PSK-AES128-GCM-SHA256'], ['::1', 'server', 'PSK-AES128-CCM8']] as const;
  for (const [host, side, ciphers] of recordings) {
    it(`of the ${side}, ${ciphers}, ${host}: tshark reads the CoAP`, { skip: host === '::1' && noIPv6 }, async () => {
      const { file, port } = await record(host, side, ciphers);
      const packets = dissect(file, port, ['coap.code', 'coap.opt.uri_path', 'coap.payload_length', 'udp.checksum.status', 'ip.checksum.status']);
      assert.ok(packets.some((line) => /^1\|time\|/.test(line)), packets.join('\n'));
      assert.ok(packets.some((line) => /^69\|\|4\|/.test(line)), packets.join('\n'));
      const isGood = host === '::1' ? /\|1\|$/ : /\|1\|1$/;
      assert.deepEqual(packets.filter((line) => !isGood.test(line)), []);
    });
  }
});

it('a capture is blocks of the lengths they say, stamped with the time given', () => {
  const blocks: Buffer[] = [];
  const writer = new PcapngWriter((bytes) => blocks.push(Buffer.from(bytes)));
  writer.secrets('CLIENT_RANDOM 00 11');
  writer.datagram(Buffer.from('odd'), { address: '192.0.2.1', port: 1 }, { address: '192.0.2.2', port: 2 }, 1_700_000_000_123.456);
  const types = blocks.map((block) => block.readUInt32LE(0));
  assert.deepEqual(types, [0x0a0d0d0a, 1, 10, 6]);
  for (const block of blocks) {
    assert.equal(block.length % 4, 0);
    assert.deepEqual([block.readUInt32LE(4), block.readUInt32LE(block.length - 4)], [block.length, block.length]);
  }
  assert.equal(blocks[2]!.toString('latin1', 16, 36), 'CLIENT_RANDOM 00 11\n');
  const [packet] = blocks.slice(3) as [Buffer];
  assert.equal(BigInt(packet.readUInt32LE(12)) << 32n | BigInt(packet.readUInt32LE(16)), 1_700_000_000_123_456n);
  assert.deepEqual([packet.readUInt32LE(20), packet.readUInt32LE(24)], [31, 31]);
  assert.equal(packet.subarray(28 + 28, 28 + 31).toString(), 'odd');
});

it('captures hold no more than what was on the wire: the same datagrams at both ends', async () => {
  const seen: { [side: string]: string[] } = { client: [], server: [] };
  const capture = (side: string) => (datagram: Uint8Array) => { seen[side]!.push(Buffer.from(datagram).toString('hex')); };
  const endpoint = listen(() => {}, { host: '127.0.0.1', port: 0, psk: { dev1: key }, capture: capture('server') });
  const session = connect('127.0.0.1', endpoint.address!.port, { psk: { identity: 'dev1', key }, capture: capture('client') });
  await session.opened;
  assert.deepEqual(seen['client'], seen['server']);
  assert.equal(seen['client']!.length, 6);
  session.destroy();
  await endpoint.close();
});

