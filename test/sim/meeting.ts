// The engine and the independent peer meet with ECDHE_ECDSA: both show a certificate or a raw public key, or the server alone.
import assert from 'node:assert/strict';
import { ContextFlag } from '../../assembly/records.js';
import type { Context, Layout } from '../../host/core/index.js';
import { keyAnchor, listOf, MEANTIME, rootAnchor } from '../certificates/factory.js';
import * as People from '../certificates/people.js';
import type { Build } from '../modules.js';
import { Duel, ROOMY, type DuelOptions } from './duel.js';
import { ECDHE_ECDSA_CCM_8 } from './peer/keys.js';
import { RAW_KEY, X509, type Credential, type Item, type PeerOptions } from './peer/options.js';
import * as Wire from './peer/wire.js';

export type Role = 'client' | 'server';
export const ROLES = ['client', 'server'] as const;

/** Room for chains of three. */
export const WIDE: Layout = { ...ROOMY, messageMax: 2_048, contextBytes: 3_000 };

export interface Meeting {
  /** What the engine is. */
  role: Role;
  /** X509 or RAW_KEY: what both show; X509 if absent. */
  type?: number;
  /** The server asks for the client's, too. */
  isMutual?: boolean;
  suite?: number;
  build?: Build;
  /** The peer's, in place of the right one; and what the engine trusts. */
  credential?: Credential;
  anchors?: Buffer;
  context?: Partial<Context>;
  peer?: Partial<PeerOptions>;
  duel?: Partial<DuelOptions>;
}

/** What a context says of itself. */
export function shown({ key, certificates }: Credential, type: number): Partial<Context> {
  return { privateKey: key.scalar, ...(type === RAW_KEY ? { publicKey: key.point } : { certificates: listOf(certificates) }) };
}

const TRUSTED = (type: number, peer: Credential) =>
  (type === RAW_KEY ? keyAnchor(peer.key.info) : rootAnchor(People.root.name, People.root.key));

export function contextOf({ role, type = X509, isMutual = false, suite = ECDHE_ECDSA_CCM_8, ...meeting }: Meeting): Partial<Context> {
  const isClient = role === 'client', takes = type === RAW_KEY ? ContextFlag.PEER_RAW_KEY : ContextFlag.PEER_CERTIFICATE;
  const asks = isMutual && !isClient ? ContextFlag.REQUEST_CERTIFICATE | ContextFlag.REQUIRE_CERTIFICATE : 0;
  return {
    suites: [suite], identity: Buffer.alloc(0), key: Buffer.alloc(0), flags: takes | asks,
    anchors: meeting.anchors ?? TRUSTED(type, isClient ? People.server : People.client),
    ...(isClient && type === X509 ? { name: Buffer.from(People.SERVER_NAME) } : {}),
    ...(isClient ? (isMutual ? shown(People.client, type) : {}) : shown(People.server, type)),
    ...meeting.context,
  };
}

export function peerOf({ role, type = X509, isMutual = false, suite = ECDHE_ECDSA_CCM_8, ...meeting }: Meeting): Partial<PeerOptions> {
  const isServer = role === 'client'; // the peer
  return {
    suites: [suite], ownTypes: [type], peerTypes: [type], asks: isServer && isMutual,
    ...(isServer || isMutual ? { credential: meeting.credential ?? (isServer ? People.server : People.client) } : {}),
    ...meeting.peer,
  };
}

export function duelOf(meeting: Meeting): Duel {
  return new Duel({
    role: meeting.role, build: meeting.build ?? 'full', layout: WIDE, seconds: MEANTIME, answer: () => undefined, ...meeting.duel,
    context: contextOf(meeting), peer: peerOf(meeting),
  });
}

/** The handshake, as far as it comes; if it comes to nothing, until somebody gives up. */
export function meet(meeting: Meeting): Duel {
  const duel = duelOf(meeting).handshake();
  if (duel.connected.length === 0 && duel.ends.length === 0) duel.pass(400_000);
  return duel;
}

/** Both are connected and talk, and the peer has found no fault. */
export function assertMet(duel: Duel): void {
  assert.equal(duel.peer.fault, '');
  assert.equal(duel.ends[0]?.message, undefined);
  assert.equal(duel.connected.length, 1);
  assert.equal(duel.peer.connected, true);
  assert.equal(duel.exchanges(), true);
}

/** The engine ended it with this alert, for this cause, before anybody was connected; and the peer heard of it. */
export function assertRefused(duel: Duel, alert: string, cause: string): void {
  assert.equal(duel.connected.length, 0, 'it connected');
  const [end] = duel.ends;
  assert.deepEqual([end?.alert, end?.cause], [alert, cause], end?.message);
  assert.equal(duel.peer.connected, false);
  const last = duel.peer.received[duel.peer.received.length - 1];
  assert.equal(last?.type, Wire.ALERT);
  assert.equal(last.body[0], 2);
}

// ── how a flight is edited ───────────────────────────────────────────────────────────────────────────────────────────

export type Edit = (flight: Item[]) => Item[];
export const without = (...types: number[]): Edit => (flight) => flight.filter(({ type }) => !types.includes(type));
export const twice = (type: number): Edit => (flight) => flight.flatMap((item) => (item.type === type ? [item, item] : [item]));
/** The message of the first type comes after that of the second. */
export const late = (type: number, after: number): Edit => (flight) => {
  const moved = flight.filter((item) => item.type === type);
  return flight.filter((item) => item.type !== type).flatMap((item) => (item.type === after ? [item, ...moved] : [item]));
};
export const changed = (type: number, change: (body: Buffer) => Uint8Array): Edit => (flight) =>
  flight.map((item) => (item.type === type ? { type, make: () => Buffer.from(change(item.make())) } : item));
/** A message that is not there comes before the one of this type. */
export const inserted = (type: number, make: () => Buffer, before: number): Edit => (flight) =>
  flight.flatMap((item) => (item.type === before ? [{ type, make }, item] : [item]));
export const cutBy = (bytes: number) => (body: Buffer) => body.subarray(0, body.length - bytes);
export const longerBy = (bytes: number) => (body: Buffer) => Buffer.concat([body, Buffer.alloc(bytes)]);
export const flipped = (at: number) => (body: Buffer) => {
  const copy = Buffer.from(body);
  copy[at < 0 ? copy.length + at : at]! ^= 1;
  return copy;
};
