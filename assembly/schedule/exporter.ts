// Keying material for other protocols, RFC 5705 §4, where the build and the layout keep what it is made of:
//
//   PRF(master_secret, label, client_random + server_random [+ uint16 context_value_length + context_value])      (5705-4-1)
import { HMAC_KEY } from "../crypto";
import { HAS_EXPORTERS } from "../features";
import { Connection, keepsExporters } from "../state/connection";
import { Handshake, RANDOM } from "../state/handshake";
import { Reader } from "../wire";
import { prf, seed } from "./prf";

/** Not before the handshake is complete (5705-4-2), and not without the extended master secret (7627-5.4-1). */
export function keepExporter(connection: Connection, handshake: Handshake): void {
  if (!HAS_EXPORTERS || !keepsExporters) return;
  connection.exports = true;
  memory.copy(connection.exporter, handshake.master, HMAC_KEY);
  memory.copy(connection.exporter + HMAC_KEY, handshake.clientRandom, 2 * RANDOM); // the server's stands behind it
}

/** Writes `wanted` bytes to `output`, for the label<0..255> and, if there is one, the context<0..2^16-1> at `from`. */
export function exportKeyingMaterial(connection: Connection, from: usize, length: u32, output: usize, wanted: u32): void {
  Reader.start(from, length);
  let labelLength = Reader.u8();
  let label = Reader.take(labelLength);
  seed(label, labelLength, connection.exporter + HMAC_KEY, 2 * RANDOM, Reader.at, Reader.left());
  prf(connection.exporter, output, wanted);
}
