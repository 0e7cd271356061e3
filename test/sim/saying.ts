// The engine against a peer that says something more in its hello, and what the engine's own hello said.
import assert from 'node:assert/strict';
import type { Context } from '../../host/core/index.js';
import { Duel } from './duel.js';
import type { PeerOptions } from './peer/options.js';
import * as Wire from './peer/wire.js';

/** A peer that also says these. */
export const saying = (...more: [number, Buffer][]): Partial<PeerOptions> => ({ extend: (list) => [...list, ...more] });

/** The data of one of the extensions of the engine's last hello; undefined without it. */
export function said(duel: Duel, type: number): string | undefined {
  const mine = duel.options.role === 'client' ? Wire.CLIENT_HELLO : Wire.SERVER_HELLO;
  const hello = duel.peer.messages.filter((message) => message.type === mine).pop()!.body;
  const { extensions } = mine === Wire.CLIENT_HELLO ? Wire.readClientHello(hello) : Wire.readServerHello(hello);
  return Wire.extensionIn(extensions, type)?.toString('hex');
}

/** The engine refuses what the peer says in this extension with this alert. */
export function refuses(role: 'client' | 'server', context: Partial<Context>, type: number, data: Buffer, alert: string): void {
  const duel = new Duel({ role, context, peer: saying([type, data]) }).handshake();
  const what = `${role} of ${type}: ${data.toString('hex')}`;
  assert.equal(duel.connected.length, 0, what);
  assert.equal(duel.ends[0]?.alert, alert, what);
}
