// Connects, sends one reading, tells what comes.
import { log } from "board";
import DTLS from "embedded:io/socket/udp/dtls";
import { attempt, connect, text } from "./ends.js";

DTLS.layout = { connections: 1 }; // in a module of 12 KiB, too

attempt(() => connect({
  onWritable() {
    log("connected");
    this.write(ArrayBuffer.fromString("a reading\n"));
  },
  onReadable(count) {
    while (count--) log(`heard ${text(this.read())}`);
  },
}));
