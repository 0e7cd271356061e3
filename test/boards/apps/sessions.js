// Connects twice: the second time with the session of the first, or what the word `spoil` makes of it.
import { log, option } from "board";
import DTLS from "embedded:io/socket/udp/dtls";
import Timer from "timer";
import { attempt, connect, psk } from "./ends.js";

let session = true;
DTLS.layout = { connections: 1, credentials: 384 };

function visit(next) {
  attempt(() => connect({
    onSession(given) { session = given; },
    onWritable() {
      log(this.reused ? "resumed" : "made a handshake");
      Timer.set(() => {
        this.close();
        next();
      }, 100);
    },
  }, { psk, session }));
}

visit(() => {
  if (option("spoil")) new Uint8Array(session)[Number(option("spoil"))] ^= 1;
  visit(() => log("done"));
});
