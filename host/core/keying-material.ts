// Keying material for other protocols (RFC 5705).
import { Misuse } from '../../assembly/codes.js';
import type { Connection } from './connection.js';
import { misuse } from './errors.js';

/**
 * `length` bytes of keying material for another protocol, bound to `label`, of 0 to 255 bytes, and to the context if there is
 * one. Throws ERR_INVALID_STATE before it is connected (5705-4-2), ERR_DTLS_NO_EXPORTER without extended master secret
 * (7627-5.4-1) or where the layout keeps no exporters, ERR_OUT_OF_RANGE for more than the window of datagrams to send.
 */
export function exportKeyingMaterial(connection: Connection, label: Uint8Array, length: number, context?: Uint8Array): Uint8Array {
  const endpoint = connection.endpoint, engine = endpoint.engine, window = engine.in;
  const contextAt = 1 + label.length, end = contextAt + (context === undefined ? 0 : 2 + context.length);
  if (label.length > 255 || end > window.length) throw misuse(-Misuse.BAD_LENGTH);
  window[0] = label.length;
  window.set(label, 1);
  if (context !== undefined) {
    window[contextAt] = context.length >> 8;
    window[contextAt + 1] = context.length;
    window.set(context, contextAt + 2);
  }
  endpoint.call(connection, engine.module.exporter, end, length);
  const material = engine.out.slice(0, length);
  engine.out.fill(0, 0, length);
  return material;
}
