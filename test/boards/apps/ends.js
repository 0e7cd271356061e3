// What the apps have in common: the peer's port and the key from the words that the board was started with, and how errors
// are told.
import { board, log, option } from "board";
import DTLS, { Listener } from "embedded:io/socket/udp/dtls";

const key = ArrayBuffer.fromString(option("key") ?? "secretPSK");
const initialMs = Number(option("initial") ?? 9000), handshakeMs = Number(option("patience") ?? 300000);

export const psk = { identity: "dev1", key };
export const explain = (what, error) => log(`${what} ${error.code}: ${error.hint}`);
board.onError = (error) => explain("line", error);

/** Calls, and tells what it throws. */
export function attempt(call) {
  try {
    return call();
  } catch (error) {
    explain("failed", error);
    return undefined;
  }
}

/** A connection to the peer on the port given, by the pre-shared key unless `dtls` has other credentials. */
export function connect(callbacks, dtls = { psk }) {
  return new DTLS({
    address: "127.0.0.1", port: Number(option("port")), dtls: { initialMs, handshakeMs, ...dtls },
    onError(error) { if (error) explain("failed", error); else log("closed"); },
    onWarning(error) { explain("warned", error); },
    ...callbacks,
  });
}

/** Serves clients; `callbacks` are those of each connection. */
export function listen(callbacks) {
  return new Listener({
    port: 0, dtls: { psk: (identity) => identity === "dev1" ? key : null, initialMs, handshakeMs },
    onReadable(count) {
      while (count--) {
        new DTLS({
          from: this.read(),
          onError(error) { if (error) explain("failed", error); else log("closed"); },
          onWarning(error) { explain("warned", error); },
          ...callbacks,
        });
      }
    },
    onWarning(error) { explain("warned", error); },
  });
}

export const text = (bytes) => String.fromArrayBuffer(bytes);
/** Bytes of hex digits, and back. */
export const bytes = (digits) => new Uint8Array(digits.length / 2).map((_, i) => parseInt(digits.slice(2 * i, 2 * i + 2), 16));
export const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
