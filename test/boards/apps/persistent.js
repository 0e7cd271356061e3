// Over a bad line: says the same again and again until it has come back ten times.
import { log } from "board";
import Timer from "timer";
import { attempt, connect } from "./ends.js";

let heard = 0;

attempt(() => connect({
  onWritable() {
    log("connected");
    this.target = Timer.repeat(() => this.write(ArrayBuffer.fromString("again")), 150);
  },
  onReadable(count) {
    while (count--) {
      this.read();
      if (++heard < 10) continue;
      Timer.clear(this.target);
      this.close();
      log("heard enough");
      return;
    }
  },
}));
