// Connects, sends one reading, tells what comes.
import { log } from "board";
import { attempt, connect, text } from "./ends.js";

attempt(() => connect({
  onWritable() {
    log("connected");
    this.write(ArrayBuffer.fromString("a reading\n"));
  },
  onReadable(count) {
    while (count--) log(`heard ${text(this.read())}`);
  },
}));
