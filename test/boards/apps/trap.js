// The module traps under a live connection: that ends with an error, and the next one works.
import { sabotage } from "./sabotage.js";
import { log } from "board";
import { attempt, connect, explain, text } from "./ends.js";

const again = () => connect({
  onWritable() { this.write(ArrayBuffer.fromString("after the trap")); },
  onReadable() { log(`heard ${text(this.read())}`); },
});

attempt(() => connect({
  onWritable() {
    sabotage();
    attempt(() => this.write(ArrayBuffer.fromString("lost")));
  },
  onError(error) {
    explain("failed", error);
    attempt(again);
  },
}));
