// One of the two ends of a campaign: an engine, and what its host knows of it.
import type { Random } from '../../host/fleet/random.js';
import type { Keeping } from './keeping.js';
import type { Subject } from './subject.js';

export interface Side {
  subject: Subject;
  isServer: boolean;
  keeping: Keeping;
  /** Which handle a host knows for each peer, the latest. */
  handles: number[];
  /** Whose each handle is. */
  peers: Map<number, number>;
  inbox: { bytes: Buffer; peer: number }[];
  /** Handles whose handshake is over. */
  connected: Set<number>;
}

/** A peer is elsewhere now: both its addresses lead to whom a host would find there. */
export function move(side: Side, handle: number, from: number, to: number): void {
  if (side.handles[from] === handle) side.handles[from] = 0;
  side.peers.set(handle, to);
  side.handles[to] = handle;
}

/** The address maps to a successor that lives, else to nobody (RFC 6347 §4.2.8). */
export function forget(side: Side, handle: number, peer: number): void {
  side.peers.delete(handle);
  if (side.handles[peer] !== handle) return;
  side.handles[peer] = [...side.peers].find(([, of]) => of === peer)?.[0] ?? 0;
}

/** A handle that lives, one that will, one that never did. */
export function anyHandle({ subject }: Side, random: Random): number {
  const live = [...subject.live];
  const any = [0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 4_096, random.next() | 0, ...live, ...live.map((handle) => handle + 4_096)];
  return any[random.below(any.length)]!;
}
