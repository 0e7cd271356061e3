// Says a word, leaves its state and ends, as a board does that sleeps deeply; started with `state`, it goes on from there.
import { log, option } from "board";
import DTLS from "embedded:io/socket/udp/dtls";
import { attempt, bytes, connect, hex, psk, text } from "./ends.js";

const state = option("state") && bytes(option("state"));
DTLS.layout = { connections: 1 };

attempt(() => connect({
  onWritable() {
    log(state ? "awake" : "connected");
    this.write(ArrayBuffer.fromString(state ? "good morning" : "good night"));
  },
  onReadable() {
    log(`heard ${text(this.read())}`);
    log(`state ${hex(this.exportState())}`);
  },
}, { psk, cid: true, ...(state && { state, storeState: (next) => log(`stored ${next.byteLength} bytes`) }) }));
