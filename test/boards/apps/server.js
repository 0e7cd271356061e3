// Sends everything back.
import { log } from "board";
import { attempt, listen } from "./ends.js";

attempt(() => listen({
  onWritable() { log(`accepted ${this.pskIdentity}`); },
  onReadable(count) {
    while (count--) this.write(this.read());
  },
}));
log("listening");
