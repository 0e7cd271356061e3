// Linear memory, seen from outside: where INFO says that windows and pools are, and what is in them.
import { InfoField } from '../../assembly/records.js';
import type { Engine } from '../../host/core/index.js';

export interface Region {
  start: number;
  /** Bytes of one slot. */
  size: number;
  count: number;
}

export interface Pools {
  in: Region;
  out: Region;
  contexts: Region;
  connections: Region;
  handshakes: Region;
  aftercares: Region;
  lobbies: Region;
  sessions: Region;
  /** Where the pools end. */
  end: number;
}

const aligned = (bytes: number) => (bytes + 15) & ~15;

/** The regions in the order in which `init` lays them out. */
export function poolsOf(engine: Engine): Pools {
  const { layout, bill } = engine;
  const info = engine.module.words(engine.module.INFO, InfoField.COUNT);
  let at = bill.fixed;
  const carve = (size: number, count = 0): Region => {
    const region = { start: at, size, count };
    at += aligned(size * count);
    return region;
  };
  const pools = {
    in: carve(layout.inMax, 1), out: carve(layout.outMax, 1),
    contexts: carve(bill.context, layout.contexts), connections: carve(bill.connection, layout.connections),
    handshakes: carve(bill.handshake, layout.handshakes), aftercares: carve(bill.aftercare, layout.aftercares),
    lobbies: carve(bill.lobby, layout.lobbies), sessions: carve(bill.session, layout.sessions), end: at,
  };
  if (pools.in.start !== info[InfoField.IN] || pools.out.start !== info[InfoField.OUT] || at !== bill.used) {
    throw new Error('the memory is not laid out as pools.ts believes');
  }
  return pools;
}

/** A live view of one slot. */
export function slot(engine: Engine, region: Region, index: number): Uint8Array {
  return engine.module.bytes(region.start + index * region.size, region.size);
}

/** How many slots of a pool are in use: those whose first word, the handle, is not 0. */
export function taken(engine: Engine, region: Region): number {
  let count = 0;
  for (let i = 0; i < region.count; i++) {
    if (engine.module.words(region.start + i * region.size, 1)[0] !== 0) count++;
  }
  return count;
}

/** Bytes in a connection's slot of what survives its wipe: the generation. */
const GENERATION = { start: 4, end: 8 };

/** What is left in slots that are free: names of regions that hold a byte they should not. Empty if all is wiped. */
export function leftovers(engine: Engine): string[] {
  const pools = poolsOf(engine);
  const found: string[] = [];
  for (const name of ['connections', 'handshakes', 'aftercares'] as const) {
    for (let i = 0; i < pools[name].count; i++) {
      const bytes = slot(engine, pools[name], i);
      const isDirty = bytes.some((byte, at) =>
        byte !== 0 && !(name === 'connections' && at >= GENERATION.start && at < GENERATION.end));
      if (isDirty) found.push(`${name}[${i}]`);
    }
  }
  return found;
}

/** All bytes from 0 to `end`, copied. */
export function memoryOf(engine: Engine, end: number): Buffer {
  return Buffer.from(engine.module.bytes(0, end));
}

/** Where in the slot the bytes differ from before the action, from the first to behind the last of them. */
export function changedBy(engine: Engine, region: Region, index: number, action: () => void): { start: number; end: number } {
  const before = Buffer.from(slot(engine, region, index));
  action();
  const after = slot(engine, region, index);
  const places = [...before.keys()].filter((at) => before[at] !== after[at]);
  if (places.length === 0) throw new Error('nothing changed');
  return { start: places[0]!, end: places[places.length - 1]! + 1 };
}
