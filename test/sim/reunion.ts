// An engine and a peer that meet more than once, for resumption (RFC 5246 §7.3, RFC 5077).
import assert from 'node:assert/strict';
import { ContextFlag } from '../../assembly/records.js';
import type { Context, Layout } from '../../host/core/index.js';
import { Duel, ROOMY, type DuelOptions } from './duel.js';
import type { PeerOptions } from './peer/options.js';
import type { Session } from './peer/sessions.js';
import * as Wire from './peer/wire.js';

export const LAYOUT: Layout = { ...ROOMY, contextBytes: 512, sessions: 3, ticketMax: 255 };
export const { TICKETS, SESSIONS } = ContextFlag;
export const NO_COOKIE: Buffer = Buffer.alloc(0);
export const KINDS = ['id', 'ticket'] as const;
export const WEEK = 604_800;

/** Secrets to seal with, by numbers. */
export const secrets = (...numbers: number[]) => numbers.map((number) => Buffer.alloc(32, number));
export const typesHeard = (duel: Duel) => duel.peer.messages.map(({ type }) => type);
export const RESUMED = [Wire.HELLO_VERIFY_REQUEST, Wire.SERVER_HELLO, Wire.FINISHED];
export const isResumed = (duel: Duel) => duel.connected.at(-1)?.resumed;

export function duelOf(role: 'client' | 'server', options: Partial<DuelOptions> = {}): Duel {
  const duel = new Duel({ role, layout: LAYOUT, ...options,
    context: { flags: TICKETS | SESSIONS, ...options.context }, peer: { cookie: NO_COOKIE, ...options.peer } });
  if (role === 'server') duel.endpoint.seal(secrets(1));
  return duel;
}

/** A server that made a session, and the client's account of it. */
export function serverWith(kind: 'id' | 'ticket', options: Partial<DuelOptions> = {}): { duel: Duel; session: Session } {
  const duel = duelOf('server', { ...options, peer: { tickets: kind === 'ticket', ...options.peer } }).handshake();
  assert.equal(isResumed(duel), false);
  const { session } = duel.peer;
  assert.equal(session.ticket !== undefined, kind === 'ticket');
  return { duel, session };
}

/** The same engine against another peer. */
export function again(duel: Duel, peer: Partial<PeerOptions>): Duel {
  duel.connection?.discard();
  duel.flush();
  duel.peer = duel.newPeer({ seed: 77, ...peer });
  return duel.handshake();
}

/** The same client with what it was told last. */
export function clientAgain(
  duel: Duel, peer: Partial<PeerOptions>, context: Partial<Context> = { session: duel.sessions.at(-1)! },
): Duel {
  duel.connection?.discard();
  duel.define(context);
  return again(duel, peer);
}

/** A full handshake came of it, and works. */
export function assertFull(duel: Duel): void {
  assert.equal(isResumed(duel), false);
  assert.equal(duel.peer.connected, true);
  assert.equal(duel.exchanges(), true);
}
export function assertResumed(duel: Duel): void {
  assert.equal(isResumed(duel), true);
  assert.equal(duel.peer.connected, true);
  assert.equal(duel.exchanges(), true);
}
