// A server whose client speaks from one address or another: what the engine says to whom, and where the client is believed to be.
import assert from 'node:assert/strict';
import { ContextFlag } from '../../assembly/records.js';
import { PathChange, type Peer as Address } from '../../host/core/index.js';
import { Duel, ROOMY } from './duel.js';
import * as Wire from './peer/wire.js';
import { poolsOf, taken } from './pools.js';

export const ENHANCED = ContextFlag.RETURN_ROUTABILITY;
export const BASIC = ENHANCED | ContextFlag.BASIC_PATH_CHECK;
export const CHALLENGE = 0, RESPONSE = 1, DROP = 2;
/** T: the context's first retransmission timer. */
export const T_MS = 1_000;

/** A server with a client that was heard from `duel.address`; CIDs of two bytes in both directions. */
export function live(flags: number, rrc = true, cid = Buffer.from('c1d2', 'hex')): Duel {
  const duel = new Duel({ role: 'server', layout: { ...ROOMY, cidMax: 255 }, context: { cidLength: 2, flags }, peer: { cid, rrc } });
  duel.handshake();
  assert.ok(duel.peer.connected && duel.exchanges(), 'the handshake itself');
  return duel;
}

export interface Sent {
  to: string;
  type: number;
  body: Buffer;
}

/** What the engine sent just now: to whom, and what is in it. */
export function sent(duel: Duel): Sent[] {
  return duel.flushAddressed().map(({ datagram, to }) => {
    duel.peer.receive(datagram);
    const { type, body } = duel.peer.received.at(-1)!;
    return { to: to.key, type, body };
  });
}

/** Gives it a datagram from there; returns what it sends. */
export function hear(duel: Duel, datagram: Buffer, from: Address): Sent[] {
  duel.endpoint.receive(datagram, duel.endpoint.associations.peers[from.key] ?? from, duel.now);
  return sent(duel);
}

export const text = (duel: Duel, data: string) => duel.peer.data(Buffer.from(data));

/** The cookie of the one challenge that went there. */
export function challenged(found: Sent[], to: string): Buffer {
  assert.deepEqual(found.map((one) => [one.to, one.type, one.body[0], one.body.length]),
    [[to, Wire.RETURN_ROUTABILITY_CHECK, CHALLENGE, 9]]);
  return found[0]!.body.subarray(1);
}

/** Lets T pass; returns what it sends then. */
export function wait(duel: Duel): Sent[] {
  const before = duel.sent.length;
  duel.now += T_MS - 1;
  duel.endpoint.timeout(duel.now);
  assert.equal(duel.sent.length, before, 'nothing before T');
  duel.now += 1;
  duel.endpoint.timeout(duel.now);
  return sent(duel);
}

/** Where the engine's data goes now. */
export function answersTo(duel: Duel): string {
  duel.endpoint.associations.all[0]!.send(Buffer.from('where?'));
  return sent(duel).map(({ to }) => to).join();
}

export const changes = (duel: Duel) => duel.paths.map(({ change, to }) => `${PathChange[change]} ${to}`);

/** The duel's connection lives, and nothing of the check is left. */
export function assertAtRest(duel: Duel): void {
  assert.equal(duel.peer.fault, '');
  assert.deepEqual(duel.ends, []);
  assert.equal(taken(duel.engine, poolsOf(duel.engine).aftercares), 0);
}
