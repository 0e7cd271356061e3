// What stands under the classes: the module in C, a clock, timers.
import Time from 'time';
import Timer from 'timer';
import {
  answer, close, connect, context, discard, exporter, init, listen, memory, poll, receive, restore, save, seals, send, start,
  stored, timeout,
} from 'thimble/native';
import type { Context } from '../../host/core/context.js';
import type { Endpoint } from '../../host/core/endpoint.js';
import type { EngineModule } from '../../host/core/engine.js';
import type { Reason } from '../../host/core/errors.js';
import { Board } from '../core/board.js';
import type { Platform } from '../core/board.js';
import { CERTIFICATE_SUITES } from '../core/credentials.js';
import { checkNames, refusal } from '../core/options.js';

/** How the memory is shared out; typings/dtls.d.ts says what the numbers are. */
export interface DTLSLayout {
  datagram: number;
  message: number;
  connections: number;
  credentials: number;
  sessions: number;
}

class Moddable implements Platform {
  readonly layoutHint = 'Raise defines.thimble.memory_bytes in the app\'s manifest, or lower DTLS.layout.';
  /** What Time.ticks said last, and the time that has passed until then: ticks wrap, and on a computer can be set. */
  #ticks = Time.ticks;
  #elapsed = 0;

  module(): EngineModule {
    const info = start(), buffer = memory();
    return {
      INFO: info, init, context, listen, connect, receive, send, answer, timeout, close, discard, seals, save, stored,
      restore, exporter, poll,
      bytes: (address, length) => new Uint8Array(buffer, address, length),
      copy: (address, length) => new Uint8Array(buffer, address, length).slice(),
      words: (address, count) => new Int32Array(buffer, address, count),
    };
  }

  now(): number {
    const ticks = Time.ticks;
    this.#elapsed += Math.max(0, (ticks - this.#ticks) | 0);
    this.#ticks = ticks;
    return this.#elapsed;
  }

  setTimer(callback: () => void, milliseconds: number): unknown {
    return Timer.set(callback, milliseconds);
  }

  clearTimer(timer: unknown): void {
    Timer.clear(timer);
  }

  later(callback: () => void): void {
    Timer.set(callback, 0);
  }

  seconds(): number {
    return Math.floor(Date.now() / 1000);
  }
}

/** Tells users of the small module what they need for certificates and raw public keys. */
class ModdableBoard extends Board {
  override define(endpoint: Endpoint, context: Context): number {
    try {
      return super.define(endpoint, context);
    } catch (error) {
      if ((error as Reason).code !== 'ERR_DTLS_BAD_CONTEXT' || !this.#lacksCertificates(endpoint, context)) throw error;
      throw refusal('ERR_DTLS_NO_CERTIFICATES', 'This firmware\'s module has no certificates and raw public keys',
        'Include manifest_full.json instead of manifest.json in the app\'s manifest.');
    }
  }

  /** Whether the module refuses a suite that goes with them. */
  #lacksCertificates(endpoint: Endpoint, { suites }: Context): boolean {
    if (suites[0] !== CERTIFICATE_SUITES[0]) return false;
    try {
      super.define(endpoint, { suites: CERTIFICATE_SUITES, mtu: endpoint.engine.layout.outMax });
      return false;
    } catch {
      return true;
    }
  }
}

/** Made at first use: this is preloaded on a computer, which has no module in C and no clock of ours. */
let made: Board | null = null;

/** The one board that all sockets share. */
export function board(): Board {
  return made ??= new ModdableBoard(new Moddable());
}

export function getLayout(): DTLSLayout {
  const { inMax, messageMax, connections, contextBytes, sessions } = board().layout;
  return { datagram: inMax, message: messageMax, connections: connections, credentials: contextBytes!, sessions: sessions! };
}

/** Throws ERR_INVALID_STATE once there was a socket, ERR_DTLS_UNSUPPORTED_OPTION for a name that is not in a layout. */
export function setLayout(given: Partial<DTLSLayout>): void {
  if (board().isLive) throw refusal('ERR_INVALID_STATE', 'The layout is in use', 'Set it before the first socket.');
  const layout = getLayout();
  checkNames(given, Object.keys(layout));
  const { datagram, message, connections, credentials, sessions } = Object.assign(layout, given);
  board().layout = {
    bytes: 0, inMax: datagram, outMax: datagram, messageMax: message, connections: connections, handshakes: connections,
    aftercares: connections, contexts: connections + 1, // each client's, and the listener's
    contextBytes: credentials, sessions: sessions,
  };
}
