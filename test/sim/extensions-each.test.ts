// Each extension by itself, in either hello: one that was not offered, one that comes twice, one that only a client may say.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ContextFlag } from '../../assembly/records.js';
import type { Context } from '../../host/core/index.js';
import * as People from '../certificates/people.js';
import { Duel } from './duel.js';
import { contextOf, peerOf, WIDE, type Meeting, type Role } from './meeting.js';
import { CCM_8 } from './peer/keys.js';
import { RAW_KEY } from './peer/options.js';
import * as Wire from './peer/wire.js';
import { saying } from './saying.js';

/** Number, name, and what a client says of it in order, in hex; then what a server answers. */
const EACH: [type: number, name: string, offer: string, answer: string][] = [
  [0, 'server_name', `000c000009${Buffer.from('a.example').toString('hex')}`, ''],
  [1, 'max_fragment_length', '01', '01'],
  [10, 'supported_groups', '00020017', '00020017'],
  [11, 'ec_point_formats', '0100', '0100'],
  [13, 'signature_algorithms', '00020403', '00020403'],
  [16, 'application_layer_protocol_negotiation', '000302636f', '000302636f'],
  [19, 'client_certificate_type', '0102', '02'],
  [20, 'server_certificate_type', '0102', '02'],
  [23, 'extended_master_secret', '', ''],
  [28, 'record_size_limit', '0200', '0200'],
  [35, 'session_ticket', '', ''],
  [54, 'connection_id', '0142', '0142'],
  [61, 'return_routability_check', '', ''],
  [0xff01, 'renegotiation_info', '00', '00'],
];
const ALWAYS_OFFERED = [Wire.EXTENDED_MASTER_SECRET, Wire.RENEGOTIATION_INFO];
const bytes = (hex: string) => Buffer.from(hex, 'hex');
/** Those of other profiles, of drafts and of nobody. */
const UNKNOWN = [2, 3, 4, 5, 14, 15, 17, 21, 22, 25, 27, 43, 45, 51, 53, 0x1a1a, 0xffff];

const { PEER_RAW_KEY, PEER_CERTIFICATE, TICKETS, RETURN_ROUTABILITY, REQUEST_CERTIFICATE } = ContextFlag;
/** Whoever has all of it; of the two limits on records there is one a hello. */
const everything = (role: Role): Partial<Context> => ({
  flags: PEER_RAW_KEY | PEER_CERTIFICATE | TICKETS | RETURN_ROUTABILITY | (role === 'server' ? REQUEST_CERTIFICATE : 0), cidLength: 1,
  protocols: Buffer.from('\x02co'), recordSizeLimit: 512, ...(role === 'client' ? { maxFragmentLength: 512, name: Buffer.from('a.example') } : {}),
});

/** The engine with everything against a peer that says these in place of its own extensions of the same types. */
function hearing(role: Role, ...said: Wire.Extension[]): Duel {
  const extend = (list: Wire.Extension[]) => [...said, ...list.filter(([type]) => !said.some(([other]) => other === type))];
  const wanted: Meeting = { role, type: RAW_KEY, isMutual: true, credential: role === 'client' ? People.server : People.client,
     context: everything(role), peer: { extend, cid: bytes('42') } };
  return new Duel({ role, layout: { ...WIDE, cidMax: 20 }, answer: () => undefined, context: contextOf(wanted), peer: peerOf(wanted) }).handshake();
}

function assertRefused(duel: Duel, alert: string, cause: string): void {
  assert.deepEqual([duel.ends[0]?.alert, duel.ends[0]?.cause, duel.connected.length], [alert, cause, 0]);
  assert.equal(duel.peer.received.at(-1)!.body[1], { unsupported_extension: 110, decode_error: 50, illegal_parameter: 47 }[alert]);
}

// 5246-7.4.1.3-1
describe('a client that did not offer it refuses', () => {
  const answers = [...EACH.map(([type, name, , answer]) => [type, name, answer] as const), ...UNKNOWN.map((type) => [type, 'nobody\'s', ''] as const)];
  for (const [type, name, answer] of answers.filter(([type]) => !ALWAYS_OFFERED.includes(type))) {
    it(`${name} (${type}): unsupported_extension`, () => {
      const peer = { ...saying([type, bytes(answer)]), suites: [CCM_8] };
      assertRefused(new Duel({ role: 'client', peer, context: { suites: [CCM_8] } }).handshake(), 'unsupported_extension', 'UNOFFERED_VALUE');
    });
  }
  it('what it knows of, but is nobody\'s answer to it', () => {
    for (const type of [53, 25, 0xffff]) assertRefused(hearing('client', [type, bytes('')]), 'unsupported_extension', 'UNOFFERED_VALUE');
  });
});

// 5246-7.4.1.4-1
for (const role of ['client', 'server'] as const) {
  describe(`a ${role} refuses what comes twice`, () => {
    for (const [type, name, offer, answer] of EACH) {
      if (role === 'client' && type === Wire.SIGNATURE_ALGORITHMS) continue;
      const one: Wire.Extension = [type, bytes(role === 'server' ? offer : answer)];
      it(`${name} (${type}): decode_error`, () => {
        const once = hearing(role, one);
        assert.notEqual(once.ends[0]?.alert, 'decode_error', 'once it is read');
        assertRefused(hearing(role, one, one), 'decode_error', 'MALFORMED_MESSAGE');
      });
    }
  });
}

// RFC 5246 §7.4.1.4.1: servers must not send it, though it was offered
it('a client refuses signature_algorithms of a server: illegal_parameter', () =>
  assertRefused(hearing('client', [Wire.SIGNATURE_ALGORITHMS, bytes('00020403')]), 'illegal_parameter', 'UNOFFERED_VALUE'));
it('a client passes over a server\'s supported_groups, which says nothing to it', () => {
  const duel = hearing('client', [Wire.SUPPORTED_GROUPS, bytes('00020018')]);
  assert.ok(duel.peer.connected && duel.exchanges(), duel.ends[0]?.message);
});
