import { closeSync, openSync, writeSync } from 'node:fs';
import { PcapngWriter, type Capture } from '../node/index.js';
import { UsageError } from './usage.js';

/** A pcapng file that grows: datagrams, and the secrets that open them. */
export interface PcapRecorder {
  /** For the option of the Node host. */
  capture: Capture;
  /** A datagram of a simulation, between `address:port` texts, so many milliseconds after the start. */
  datagram(datagram: Uint8Array, from: string, to: string, atMs: number): void;
  /** A line of a key log. */
  keys(line: string): void;
  close(): void;
}

/** Creates the file, which only its owner may read, since it holds secrets. Throws a UsageError if it cannot. */
export function recordPcap(path: string): PcapRecorder {
  const file = open(path);
  const writer = new PcapngWriter((bytes) => { writeSync(file, bytes); });
  return {
    capture: (datagram, from, to) => writer.datagram(datagram, from, to),
    datagram: (datagram, from, to, atMs) => writer.datagram(datagram, splitAddress(from), splitAddress(to), atMs),
    keys: (line) => writer.secrets(line),
    close: () => closeSync(file),
  };
}

function open(path: string): number {
  try {
    return openSync(path, 'w', 0o600);
  } catch (error) {
    throw new UsageError(`--pcap ${path}: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** IPv4 only: a simulation has no other addresses. */
function splitAddress(text: string): { address: string; port: number } {
  const [address, port] = text.split(':');
  return { address: address!, port: Number(port) };
}
