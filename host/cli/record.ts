import { appendFileSync, closeSync, openSync } from 'node:fs';
import { PcapngWriter, type Capture } from '../node/index.js';
import type { Output } from './output.js';
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

/** Creates the file. Throws a UsageError if it cannot. */
export function recordPcap(path: string, output: Output): PcapRecorder {
  const file = new RecordFile('--pcap', path, 'w', output);
  const writer = new PcapngWriter((bytes) => file.write(bytes));
  return {
    capture: (datagram, from, to) => writer.datagram(datagram, from, to),
    datagram: (datagram, from, to, atMs) => writer.datagram(datagram, splitAddress(from), splitAddress(to), atMs),
    keys: (line) => writer.secrets(line),
    close: () => file.close(),
  };
}

/** A file that grows. Only its owner may read it, since it holds secrets. */
export class RecordFile {
  private readonly file: number;
  private isStopped = false;

  /** Opens it to be written anew, `w`, or appended to, `a`. Throws a UsageError, about `option`, if it cannot. */
  constructor(private readonly option: string, private readonly path: string, flag: 'w' | 'a', private readonly output: Output) {
    try {
      this.file = openSync(path, flag, 0o600);
    } catch (error) {
      throw new UsageError(`${option} ${path}: ${(error as NodeJS.ErrnoException).code}`);
    }
  }

  /** The first failure, a full disk say, is a warning and the end of the recording: connections go on. */
  write(data: Uint8Array | string): void {
    if (this.isStopped) return;
    try {
      appendFileSync(this.file, data);
    } catch (error) {
      this.isStopped = true;
      this.output.warn(`${this.option} ${this.path}: ${(error as NodeJS.ErrnoException).code}; nothing more is recorded there`);
    }
  }

  close(): void {
    closeSync(this.file);
  }
}

/** IPv4 only: a simulation has no other addresses. */
function splitAddress(text: string): { address: string; port: number } {
  const [address, port] = text.split(':');
  return { address: address!, port: Number(port) };
}
