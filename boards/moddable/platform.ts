// What stands under the classes: the module in C, a clock, timers.
import Time from 'time';
import Timer from 'timer';
import * as native from 'thimble/native';
import type { EngineModule } from '../../host/core/engine.js';
import { Board, LAYOUT } from '../core/board.js';
import type { Platform } from '../core/board.js';
import { refusal } from '../core/options.js';

/** How the memory is shared out: bytes of the longest datagram and handshake message, and how many peers at a time. */
export interface DTLSLayout {
  datagram: number;
  message: number;
  connections: number;
}

/** Where Time.ticks stood, and what has passed until then: it wraps, and on computers follows whoever sets the clock. */
let ticks: number | null = null;
let elapsed = 0;

function now(): number {
  const next = Time.ticks;
  if (ticks !== null) elapsed += Math.max(0, (next - ticks) | 0);
  ticks = next;
  return elapsed;
}

function freshModule(): EngineModule {
  const memory = native.memory();
  return {
    INFO: native.start(), init: native.init, context: native.context, listen: native.listen, connect: native.connect,
    receive: native.receive, send: native.send, answer: native.answer, timeout: native.timeout, close: native.close,
    discard: native.discard, poll: native.poll,
    bytes: (address, length) => new Uint8Array(memory, address, length),
    copy: (address, length) => new Uint8Array(memory, address, length).slice(),
    words: (address, count) => new Int32Array(memory, address, count),
  };
}

const PLATFORM: Platform = {
  module: freshModule,
  now: now,
  setTimer: (callback, milliseconds) => Timer.set(callback, milliseconds),
  clearTimer: (timer) => Timer.clear(timer),
};

let layout: DTLSLayout = { datagram: LAYOUT.inMax, message: LAYOUT.messageMax, connections: LAYOUT.connections };
/** Made at first use: this module is preloaded, on a computer that has no memory of ours. */
let made: Board | null = null;

/** The one board that all sockets share. */
export function board(): Board {
  if (made !== null) return made;
  made = new Board(PLATFORM);
  made.layout = {
    bytes: 0, inMax: layout.datagram, outMax: layout.datagram, messageMax: layout.message, connections: layout.connections,
    handshakes: layout.connections, aftercares: layout.connections,
    contexts: layout.connections + 1, // each client's, and the listener's
  };
  return made;
}

export function getLayout(): DTLSLayout {
  return { datagram: layout.datagram, message: layout.message, connections: layout.connections };
}

/** Throws ERR_INVALID_STATE once there is a socket, ERR_DTLS_UNSUPPORTED_OPTION for a name that is not in a layout. */
export function setLayout(given: Partial<DTLSLayout>): void {
  if (made !== null) throw refusal('ERR_INVALID_STATE', 'The layout is in use', 'Set it before the first socket.');
  const next: { [name: string]: unknown } = { datagram: layout.datagram, message: layout.message, connections: layout.connections };
  for (const name of Object.keys(given)) {
    if (next[name] === undefined) throw refusal('ERR_DTLS_UNSUPPORTED_OPTION', `A layout has no ${name}`, `It has ${Object.keys(next).join(', ')}.`);
    next[name] = given[name as keyof DTLSLayout];
  }
  layout = next as unknown as DTLSLayout;
}
