// The other end of the emulated board's line: frames on one side, UDP sockets of this machine's loopback on the other.
// A frame: the length of the body in two bytes; kind, number of the socket, IPv4 address, port; a datagram or words.
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { Random } from '../../host/fleet/random.js';

const DATAGRAM = 0, BIND = 1, CLOSE = 2, FAILED = 3;
const LENGTH = 2, HEADER = 8;
const LOOPBACK = '127.0.0.1';

/** Where a frame goes: to the board, or from it. */
export type Direction = 'in' | 'out';
/** What becomes of a frame on the line: nothing, itself, or something else. */
export type Fault = (frame: Buffer, direction: Direction) => Buffer[];

/** Probabilities of what happens to a datagram; only those to the board are cut. */
export interface Rates {
  loss: number;
  corruption: number;
  cut: number;
}

function frame(kind: number, socket: number, address: string, port: number, bytes: Uint8Array): Buffer {
  const header = Buffer.from([0, 0, kind, socket, ...address.split('.').map(Number), 0, 0]);
  header.writeUInt16BE(HEADER + bytes.length, 0);
  header.writeUInt16BE(port, LENGTH + 6);
  return Buffer.concat([header, bytes]);
}

/** The frame that brings the board a datagram. */
export function datagram(socket: number, address: string, port: number, bytes: Uint8Array): Buffer {
  return frame(DATAGRAM, socket, address, port, bytes);
}

/** Cuts a stream into whole frames. */
export function readFrames(stream: NodeJS.ReadableStream, take: (frame: Buffer) => void): void {
  let rest = Buffer.alloc(0);
  stream.on('data', (bytes: Buffer) => {
    rest = Buffer.concat([rest, bytes]);
    while (rest.length >= LENGTH && rest.length >= LENGTH + rest.readUInt16BE(0)) {
      const end = LENGTH + rest.readUInt16BE(0);
      take(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
  });
}

/** A line that loses, corrupts and cuts datagrams, the n-th of a direction always in the same way. */
export class BadLine {
  /** What it did. */
  readonly tally = { loss: 0, corruption: 0, cut: 0 };
  readonly #random: { [direction in Direction]: Random };
  readonly #rates: Rates;

  constructor(seed: number, rates: Rates) {
    this.#random = { in: new Random(seed, 'in'), out: new Random(seed, 'out') };
    this.#rates = rates;
  }

  readonly fault: Fault = (frame, direction) => {
    if (frame[LENGTH] !== DATAGRAM) return [frame];
    const { loss, corruption, cut } = this.#rates, random = this.#random[direction];
    const fate = random.fraction(), place = LENGTH + HEADER + random.below(frame.length - LENGTH - HEADER);
    if (fate < loss) {
      this.tally.loss++;
      return [];
    }
    if (fate < loss + corruption) {
      this.tally.corruption++;
      return [Buffer.from(frame).fill(frame[place]! ^ 0x55, place, place + 1)];
    }
    if (direction === 'out' || fate >= loss + corruption + cut) return [frame];
    this.tally.cut++;
    return [frame.subarray(0, place)];
  };
}

/** The board's sockets, each a real one; `send` takes frames for the board. */
export class Sockets {
  readonly #sockets = new Map<number, Socket>();
  readonly #send: (frame: Buffer) => void;

  constructor(send: (frame: Buffer) => void) {
    this.#send = send;
  }

  /** Does what a frame of the board's asks. */
  take(frame: Buffer): void {
    if (frame.length < LENGTH + HEADER) return;
    const kind = frame[LENGTH]!, number = frame[LENGTH + 1]!;
    const address = frame.subarray(LENGTH + 2, LENGTH + 6).join('.'), port = frame.readUInt16BE(LENGTH + 6);
    if (kind === BIND) this.#bind(number, port);
    if (kind === DATAGRAM && port !== 0) this.#sockets.get(number)?.send(frame.subarray(LENGTH + HEADER), port, address);
    if (kind === CLOSE) this.#forget(number);
  }

  #bind(number: number, port: number): void {
    this.#forget(number);
    const socket = createSocket('udp4');
    this.#sockets.set(number, socket);
    socket.on('message', (bytes, from) => this.#send(datagram(number, from.address, from.port, bytes)));
    socket.on('error', (error) => this.#send(frame(FAILED, number, LOOPBACK, port, Buffer.from(error.message))));
    socket.bind(port, LOOPBACK);
  }

  #forget(number: number): void {
    this.#sockets.get(number)?.close();
    this.#sockets.delete(number);
  }

  /** The port that the system chose for a socket. */
  port(number: number): Promise<number> {
    const socket = this.#sockets.get(number);
    if (socket === undefined) throw new Error(`The board has not bound socket ${number}`);
    return new Promise((resolve) => {
      const tell = () => resolve(socket.address().port);
      try {
        tell();
      } catch {
        socket.once('listening', tell);
      }
    });
  }

  close(): void {
    for (const number of [...this.#sockets.keys()]) this.#forget(number);
  }
}
