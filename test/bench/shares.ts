// What the lane share.ts is asked for, and how its answers are printed.
import { HANDSHAKES, type Kind } from './kinds.js';
import { Lane } from './lane.js';
import { align } from './table.js';

/** Of one side in the handshake that was least disturbed: its P-256 operations, its milliseconds in them, and all of them. */
export interface Share {
  operations: string[];
  p256Ms: number;
  ms: number;
}
export type Shares = Record<'client' | 'server', Share>;

export const SHARED = ['server-certificate', 'mutual-certificate', 'server-raw-key', 'mutual-raw-key', 'ecdhe-psk'] as const satisfies Kind[];
export type SharesOf = Record<(typeof SHARED)[number], Shares>;

/** Handshakes of each kind for `ms` milliseconds. */
export async function shares(folder: string, ms: number): Promise<SharesOf> {
  const lane = Lane.node('shares', './share.js', folder);
  try {
    const all: [string, Shares][] = [];
    for (const kind of SHARED) all.push([kind, await lane.ask<Shares>(`${kind} ${ms}`)]);
    return Object.fromEntries(all) as SharesOf;
  } finally {
    lane.end();
  }
}

/** The part of the milliseconds that is not in P-256 operations. */
export function ownPart(...sides: Share[]): number {
  const sum = (what: 'ms' | 'p256Ms') => sides.reduce((total, side) => total + side[what], 0);
  return 1 - sum('p256Ms') / sum('ms');
}

export function shareTable(of: SharesOf): string[] {
  const percent = (part: number) => `${(part * 100).toFixed(1)} %`;
  const side = (share: Share) => [share.ms.toFixed(2), percent(ownPart(share))];
  return align([['', 'client, ms', 'our own', 'server, ms', 'our own', 'both, our own'], ...SHARED.map((kind) => {
    const { client, server } = of[kind];
    return [HANDSHAKES[kind], ...side(client), ...side(server), percent(ownPart(client, server))];
  })]);
}
