import type { Clock } from './clock.js';
import { Impairment, newTally, type Conditions, type Tally } from './impairment.js';
import { Random } from './random.js';

/** Takes a datagram that arrived from this address. */
export type Receiver = (datagram: Uint8Array, from: string) => void;

/** What an observer of the network sees. A datagram is `sent` once, then arrives no, one or two times. */
export interface Sighting {
  kind: 'sent' | 'arrived';
  atMs: number;
  from: string;
  to: string;
  datagram: Uint8Array;
  /** `sent`: how many copies will arrive. */
  copies: number;
}

/** Joins addresses by impaired paths. On a virtual clock, one seed is one history. */
export class Network {
  /** What happened on all paths together. */
  readonly tally: Tally = newTally();
  /** Called for each datagram sent and each that arrives. */
  observe: (sighting: Sighting) => void = () => {};
  private readonly receivers = new Map<string, Receiver>();
  private readonly paths = new Map<string, Impairment>();

  constructor(private readonly clock: Clock, private readonly conditions: Conditions, readonly seed: number) {}

  /** From now on this address receives; one receiver an address, the latest. */
  attach(address: string, receiver: Receiver): void {
    this.receivers.set(address, receiver);
  }

  /** The address is gone; what is still under way to it vanishes. */
  detach(address: string): void {
    this.receivers.delete(address);
  }

  /** Copies the datagram and lets it go its way. */
  send(from: string, to: string, datagram: Uint8Array): void {
    const arrivals = this.path(from, to).pass(datagram.slice(), this.clock.now());
    this.observe({ kind: 'sent', atMs: this.clock.now(), from, to, datagram, copies: arrivals.length });
    for (const arrival of arrivals) {
      this.clock.after(arrival.afterMs, () => this.deliver(from, to, arrival.datagram));
    }
  }

  private deliver(from: string, to: string, datagram: Uint8Array): void {
    const receiver = this.receivers.get(to);
    if (receiver === undefined) return;
    this.observe({ kind: 'arrived', atMs: this.clock.now(), from, to, datagram, copies: 1 });
    receiver(datagram, from);
  }

  /** Each direction has fates of its own: what one says does not change what happens to the other. */
  private path(from: string, to: string): Impairment {
    const name = `${from} > ${to}`;
    let path = this.paths.get(name);
    if (path === undefined) {
      path = new Impairment(this.conditions, new Random(this.seed, name), this.tally);
      this.paths.set(name, path);
    }
    return path;
  }
}
